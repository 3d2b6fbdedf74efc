// Makes and revokes preview links in place, where else another tab would open.
"use strict";
{
  const form = document.getElementById("preview-links-form");

  const send = async (button) => {
    const data = new FormData(form);
    data.set(button.name, button.value);
    const response = await fetch(form.action, { method: "POST", body: data });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const links = page.getElementById("preview-links");
    if (!response.ok || !links) throw new Error("no list of links came back");
    document.getElementById("preview-links").replaceWith(links);
    const made = links.querySelector("#made-link");
    const next = made || links.querySelector("[name=make]");
    next.focus();
    if (made) made.select();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Signed out, or the server out of reach: the new tab says so.
    send(event.submitter).catch(() => {
      const choice = document.createElement("input");
      choice.type = "hidden";
      choice.name = event.submitter.name;
      choice.value = event.submitter.value;
      form.append(choice);
      form.submit();
      choice.remove();
    });
  });
}
