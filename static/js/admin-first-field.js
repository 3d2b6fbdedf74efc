// Puts the cursor where a new form has nothing yet.
"use strict";
{
  const inForm = "#content form :is(input[type=text], input[type=url], textarea)";
  const fields = [...document.querySelectorAll(inForm)];
  const empty = fields.find((field) => field.offsetParent && !field.value);
  if (empty && document.activeElement === document.body) empty.focus();
}
