const screens = [...document.querySelectorAll(".screen")];
const place = document.querySelector("#place");
let current = 0;
/** How many pieces of a picture are to be seen. */
let grown = 0;

const growing = ({ dataset }) => dataset.growth.split(" ").map(Number);

/**
 * How far a screen's ladder is to be seen after each press of a key, in its own coordinates. Beside a step it grows by as
 * many of the new rows as have room; of any other screen there is nothing to grow.
 */
function growthOf(screen) {
  if (screen.dataset.growth) return growing(screen);
  const part = screen.querySelector(".part[data-growth]");
  if (!part) return [Number.POSITIVE_INFINITY];
  const room = (part.dataset.end * part.parentElement.clientHeight) / part.clientHeight;
  let [since, ...ends] = growing(part);
  return ends.filter((end, at) => {
    const isFull = at === ends.length - 1 || ends[at + 1] - since > room;
    if (isFull) since = end;
    return isFull;
  });
}

// Each ladder is in the file once.
for (const part of document.querySelectorAll(".part")) {
  const { of, words: alt } = part.dataset;
  part.prepend(Object.assign(document.getElementById(of).cloneNode(), { alt, id: "" }));
}

/** Shows a screen, and of a ladder that grows so many of its pieces. */
function show(index, pieces) {
  current = Math.min(Math.max(index, 0), screens.length - 1);
  const screen = screens[current];
  for (const one of screens) one.hidden = one !== screen;
  for (const panel of screen.querySelectorAll(".panel")) fit(panel);
  const growth = growthOf(screen);
  grown = Math.min(Math.max(pieces, 1), growth.length);
  for (const part of screen.querySelectorAll(".part")) reveal(part, growth[grown - 1]);
  place.textContent = `${current + 1} / ${screens.length}`;
  document.title = document.title.replace(/^(\d+ · )?/, `${current + 1} · `);
  history.replaceState(null, "", `#${screen.dataset.hash}`);
}

/** Shows what of a ladder's part is above a height, the last of it at the foot of the view. */
function reveal(part, height) {
  const top = Number(part.dataset.top);
  const end = Number(part.dataset.end);
  const shown = (Math.min(Math.max(height, top), end) - top) / (end - top);
  part.style.clipPath = `inset(0 0 ${100 - 100 * shown}% 0)`;
  const view = part.parentElement;
  if (shown > 0) view.scrollTop = part.offsetTop + part.clientHeight * shown - view.clientHeight;
}

/** Makes the text of a panel smaller until there is room for it, but not too small to be read: then it scrolls. */
function fit(panel) {
  for (let size = 100; size >= 60; size -= 5) {
    panel.style.fontSize = `${size}%`;
    if (panel.scrollHeight <= panel.clientHeight) return;
  }
}

function on() {
  if (grown < growthOf(screens[current]).length) show(current, grown + 1);
  else if (current < screens.length - 1) show(current + 1, 1);
}

function back() {
  if (grown > 1) show(current, grown - 1);
  else if (current > 0) show(current - 1, Number.POSITIVE_INFINITY);
}

const keys = {
  ArrowRight: on,
  ArrowDown: on,
  PageDown: on,
  ArrowLeft: back,
  ArrowUp: back,
  PageUp: back,
  Home: () => show(0, 1),
  End: () => show(screens.length - 1, 1),
};

/** Whether the arrows move what has the focus up or down: a panel with more than has room. */
function scrolls({ key, target }) {
  if (key !== "ArrowDown" && key !== "ArrowUp") return false;
  const rest = target.scrollHeight - target.clientHeight - target.scrollTop;
  return target.matches(".panel, .view") && (key === "ArrowDown" ? rest > 1 : target.scrollTop > 0);
}

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || scrolls(event)) return;
  const isSpace = event.key === " " && !event.target.closest("button, a");
  const action = isSpace ? (event.shiftKey ? back : on) : keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.querySelector("#on").addEventListener("click", on);
document.querySelector("#back").addEventListener("click", back);

let touched = 0;
addEventListener("touchstart", ({ touches }) => {
  touched = touches[0].clientX;
});
addEventListener("touchend", ({ changedTouches }) => {
  const moved = changedTouches[0].clientX - touched;
  if (Math.abs(moved) > 60) (moved < 0 ? on : back)();
});

/** The screen that the address names: by its place among the steps, or by a cell of the notebook. */
function goToAddress() {
  const name = decodeURIComponent(location.hash.slice(1));
  const index = screens.findIndex(
    (one) => one.dataset.hash === name || one.id === name || one.querySelector(`[id="${name}"]`),
  );
  show(index, 1);
}

addEventListener("hashchange", goToAddress);
addEventListener("resize", () => show(current, grown));
goToAddress();
