// Names the search boxes that select2 makes: each gets the words of its field's label.
"use strict";
{
  const selectOf = (container) => {
    const before = container.previousElementSibling;
    return before && before.tagName === "SELECT" ? before : null;
  };

  const nameOf = (container) => {
    const select = container && selectOf(container);
    const label = select && document.querySelector(`label[for="${select.id}"]`);
    return label ? label.textContent.replace(/:\s*$/, "").trim() : "";
  };

  const name = () => {
    for (const container of document.querySelectorAll(".select2-container")) {
      const words = nameOf(container);
      if (!words) continue;
      const boxes = container.querySelectorAll(".select2-search__field");
      const several = boxes.length > 0;
      for (const box of boxes) box.setAttribute("aria-label", words);
      const selection = container.querySelector(".select2-selection");
      if (several) {
        // The box inside is the control; what surrounds it is a frame.
        selection.removeAttribute("role");
        selection.removeAttribute("aria-haspopup");
        selection.removeAttribute("aria-expanded");
        selection.removeAttribute("aria-disabled");
      } else {
        const shown = selection.querySelector(".select2-selection__rendered");
        const chosen = shown ? shown.title : "";
        if (shown) shown.removeAttribute("role");
        if (shown) shown.removeAttribute("aria-readonly");
        selection.removeAttribute("aria-labelledby");
        selection.setAttribute("aria-label", chosen ? `${words}: ${chosen}` : words);
      }
    }
    // One list is open at a time; its search box stands elsewhere on the page.
    const open = document.querySelector(
      ".select2-container--open .select2-selection--single"
    );
    const words = open && nameOf(open.closest(".select2-container"));
    for (const box of document.querySelectorAll(".select2-dropdown .select2-search__field")) {
      if (words) box.setAttribute("aria-label", words);
    }
    for (const list of document.querySelectorAll(".select2-results__options")) {
      if (!list.hasAttribute("aria-label")) {
        list.setAttribute("aria-label", words || document.title);
      }
    }
  };

  new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  name();
}
