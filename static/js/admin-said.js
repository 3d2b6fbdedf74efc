// Shows the public sentence of a figure while it is typed, as the site words it.
"use strict";
{
  const PAUSE_MS = 300;
  const place = document.getElementById("said");
  const form = place.closest("form");
  let waiting, asked;

  const ask = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const options = { method: "POST", body: new FormData(form), signal };
    const response = await fetch(place.dataset.address, options);
    // Signed out, the checklist says so.
    if (response.redirected || !response.ok) return;
    const words = await response.text();
    if (!signal.aborted && place.innerHTML !== words) place.innerHTML = words;
  };

  const later = () => {
    clearTimeout(waiting);
    // Out of reach, the site says nothing, and the sentence stays as it is.
    waiting = setTimeout(() => ask().catch(() => {}), PAUSE_MS);
  };

  place.addEventListener("click", (event) => {
    const button = event.target.closest("[name=take-meant]");
    if (!button) return;
    for (const [name, number] of Object.entries(button.dataset)) {
      form.elements[name].value = number;
    }
    form.elements.value_low.focus();
    // Search boxes and the copy of the form listen through jQuery.
    django.jQuery(form.elements.value_low).trigger("change");
  });

  // Search boxes tell of their changes through jQuery alone.
  django.jQuery(form).on("input change", later);
}
