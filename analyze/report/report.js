// Draws the figures. Nothing here talks to the network; the page's policy would forbid it anyway.
(function () {
  "use strict";
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const figures = read("figure-data");
  const palette = read("palette-data");
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const config = { displayModeBar: false, displaylogo: false, scrollZoom: false };
  let printing = false;

  // Figures come in light colours; a dark page swaps each for its twin.
  function dressed(value, dark) {
    if (typeof value === "string") return dark && Object.hasOwn(palette.dark, value) ? palette.dark[value] : value;
    if (Array.isArray(value)) return value.map((inner) => dressed(inner, dark));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, dressed(inner, dark)]));
    }
    return value;
  }

  function draw(place) {
    const dark = night.matches && !printing;
    const figure = dressed(figures[place.id], dark);
    // A width of our own: plotly's resizing waits a moment, and a printer does not.
    figure.layout.width = place.clientWidth;
    Plotly.react(place, figure.data, figure.layout, config);
  }

  // Inside a closed fold a plot has no width: it is drawn when the fold opens.
  const visible = (place) => place.offsetParent !== null;
  const places = Array.from(document.querySelectorAll(".plot"));
  const drawAll = () => places.filter(visible).forEach(draw);

  function save(button) {
    const place = document.getElementById(button.dataset.figure);
    const figure = dressed(figures[place.id], false);
    figure.layout.paper_bgcolor = palette.paper;
    Plotly.downloadImage(figure, {
      format: button.dataset.format,
      filename: place.id,
      width: place.clientWidth || 720,
      height: figure.layout.height,
      scale: button.dataset.format === "png" ? 2 : 1,
    });
  }

  document.querySelectorAll("button[data-figure]").forEach((button) => {
    button.addEventListener("click", () => save(button));
  });
  document.querySelectorAll("details").forEach((fold) => {
    fold.addEventListener("toggle", () => {
      if (fold.open) Array.from(fold.querySelectorAll(".plot")).filter(visible).forEach(draw);
    });
  });
  night.addEventListener("change", drawAll);
  // On paper: light colours, and the width of the sheet before the sheet is laid out.
  function forPrint(on) {
    printing = on;
    document.documentElement.classList.toggle("printing", on);
    drawAll();
  }
  window.addEventListener("beforeprint", () => forPrint(true));
  window.addEventListener("afterprint", () => forPrint(false));

  drawAll();
  // A place can change its width without the window doing so, when a fold opens or a scroll bar comes.
  const widths = new ResizeObserver((entries) => {
    entries.map((entry) => entry.target).filter((place) => place.layout && visible(place)).forEach((place) => {
      if (place.layout.width !== place.clientWidth) Plotly.relayout(place, { width: place.clientWidth });
    });
  });
  places.forEach((place) => widths.observe(place));
  document.documentElement.dataset.drawn = String(places.filter(visible).length);
})();
