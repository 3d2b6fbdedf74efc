// Shows an image that was chosen for a form before it is saved.
"use strict";
for (const input of document.querySelectorAll(".image-input input[type=file]")) {
  const chosen = input.parentElement.querySelector(".image-input__chosen");
  const image = chosen.querySelector("img");
  const kept = input.parentElement.querySelector(".image-input__kept");
  // What the browser cannot show, the site may still be able to name.
  image.addEventListener("load", () => { chosen.hidden = false; });

  input.addEventListener("change", () => {
    const [file] = input.files;
    chosen.hidden = true;
    // The file that is chosen last is the one that is sent.
    if (kept) kept.hidden = Boolean(file);
    const isTooLarge = file && file.size > Number(input.dataset.maxBytes);
    input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
    input.reportValidity();
    if (!file || isTooLarge) return;
    // An address of data: is what the Content-Security-Policy lets images have.
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      if (input.files[0] === file) image.src = reader.result;
    });
    reader.readAsDataURL(file);
  });
}
