"use strict";
for (const stage of document.querySelectorAll("[data-compare]")) {
  const slider = stage.querySelector(".slider");
  if (slider) {
    const place = () => {
      stage.style.setProperty("--split", slider.value + "%");
      slider.setAttribute("aria-valuetext", slider.value + " percent of the earlier picture");
    };
    slider.addEventListener("input", place);
    place();
  }
  for (const box of stage.parentElement.querySelectorAll("[data-switch]")) {
    const layer = stage.querySelector('[data-layer="' + box.dataset.switch + '"]');
    const show = () => { layer.hidden = !box.checked; };
    box.addEventListener("change", show);
    show();
  }
}
for (const kind of ["beforeprint", "afterprint"]) {
  window.addEventListener(kind, () => {
    for (const one of document.querySelectorAll("details:not(.lapse):not(.sources)")) {
      if (kind === "beforeprint" && !one.open) { one.open = true; one.dataset.opened = "yes"; }
      if (kind === "afterprint" && one.dataset.opened) { one.open = false; delete one.dataset.opened; }
    }
  });
}
