// Refreshes each part of the page in place, every two seconds. A part that has the focus, or holds
// selected text, is left alone until it is let go: nobody loses what they are reading.
"use strict";

(() => {
  const live = document.getElementById("live");
  const pause = document.getElementById("pause");
  const every = 2000;
  // From the origin, which holds no name and password: opened as http://name:password@host/ the
  // page's own address does, and fetch() refuses whatever is relative to it.
  const address = new URL(`/live${location.search}`, location.origin);
  let isPaused = false;

  const isInUse = (part) => {
    const selection = document.getSelection();
    const isSelected =
      selection && !selection.isCollapsed && selection.containsNode(part, true);
    return isSelected || (part !== document.activeElement && part.contains(document.activeElement));
  };

  const show = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const parts = [...fresh.querySelectorAll("[data-part]")];
    const shown = [...live.querySelectorAll("[data-part]")];
    if (parts.length !== shown.length) {
      live.replaceChildren(...fresh.body.childNodes);
      return;
    }
    for (const part of parts) {
      const old = live.querySelector(`[data-part="${part.dataset.part}"]`);
      if (old && old.innerHTML !== part.innerHTML && !isInUse(old)) {
        old.replaceChildren(...part.childNodes);
      }
    }
  };

  const lost = () => {
    const asof = live.querySelector('[data-part="asof"]');
    if (asof) {
      asof.textContent = live.dataset.lost;
    }
  };

  const refresh = async () => {
    if (!isPaused && !document.hidden) {
      try {
        const answer = await fetch(address, { credentials: "same-origin" });
        if (answer.ok) {
          show(await answer.text());
        } else {
          lost();
        }
      } catch {
        lost();
      }
    }
    setTimeout(refresh, every);
  };

  pause.hidden = false;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? pause.dataset.resume : pause.dataset.pause;
  });
  setTimeout(refresh, every);
})();
