// Asks the site, while a form is typed in, what it still lacks and what saving it does.
"use strict";
{
  const PAUSE_MS = 700;
  const DECISIVE = ["state", "goes_live_at"];
  const panel = document.getElementById("checklist");
  const summary = document.getElementById("checklist-summary");
  const lists = document.getElementById("checklist-lists");
  const form = panel.closest("form");
  const row = form.querySelector(".submit-row");
  let waiting, asked;

  const say = (text) => {
    if (summary.textContent !== text) summary.textContent = text;
  };

  const typed = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) {
      if (!(value instanceof File)) continue;
      // The file itself would only be sent to be thrown away.
      data.delete(name);
      if (value.size) data.append("chosen", name);
    }
    return data;
  };

  const ask = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const options = { method: "POST", body: typed(), signal };
    const response = await fetch(panel.dataset.address, options);
    if (response.redirected) return say(panel.dataset.signedOut);
    if (!response.ok) return undefined;
    const answer = await response.json();
    if (signal.aborted) return undefined;
    say(answer.summary);
    lists.innerHTML = answer.lists;
    for (const [name, words] of Object.entries(answer.buttons)) {
      const button = row.querySelector(`[name=_${name}]`);
      const exact = button && button.querySelector(".exact");
      if (!exact) continue;
      button.hidden = !words;
      exact.textContent = words;
    }
    row.classList.remove("is-unsure");
    return undefined;
  };

  const later = (event) => {
    const decides = DECISIVE.includes(event.target.name);
    // Until the answer is here, the buttons say only what is sure.
    if (decides) row.classList.add("is-unsure");
    clearTimeout(waiting);
    // Out of reach, the site says nothing, and the buttons stay as they are.
    waiting = setTimeout(() => ask().catch(() => {}), decides ? 0 : PAUSE_MS);
  };

  // What an earlier version brings back is checked as if it had just been typed.
  if (panel.dataset.now === "1") ask().catch(() => {});
  // Search boxes tell of their changes through jQuery alone.
  django.jQuery(form).on("input change", later);
}
