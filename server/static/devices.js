// How many letters of a kiosk's own words are used up, while they are typed. The page works without it.
"use strict";
for (const field of document.querySelectorAll("input[data-count]")) {
  const count = document.getElementById(field.dataset.count);
  const show = () => { count.textContent = field.value ? `${field.value.length}/${count.dataset.most}` : ""; };
  field.addEventListener("input", show);
  show();
}
