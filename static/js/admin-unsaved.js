// Loses nothing that is typed into a form: asks before it is left, and keeps a copy in
// this browser, to be brought back after a crash. A copy goes when its form is saved, and
// all go when somebody signs out.
"use strict";
{
  const PREFIX = "unsaved:";
  const PAUSE_MS = 500;
  const KEPT_DAYS = 30;
  const NEVER_KEPT = ["file", "submit", "button", "reset", "image", "password"];

  // The store, which a browser may refuse, or have full.

  const keys = () => {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    } catch {
      return [];
    }
  };

  const forget = (test) => {
    for (const key of keys()) if (test(key)) localStorage.removeItem(key);
  };

  const load = (key) => {
    try {
      const copy = JSON.parse(localStorage.getItem(key));
      return copy && Array.isArray(copy.fields) ? copy : null;
    } catch {
      return null;
    }
  };

  const store = (key, copy) => {
    try {
      localStorage.setItem(key, JSON.stringify(copy));
    } catch {
      // The form itself is as it was, and still asks before it is left.
    }
  };

  const madeAt = (key) => (load(key) || { at: 0 }).at;

  // What a form holds

  const isTyped = (control) =>
    control.name && !control.disabled && !NEVER_KEPT.includes(control.type) &&
    control.type !== "hidden";

  const chosen = (select, property) => {
    const options = [...select.options].filter((option) => option[property]);
    // Without a choice of the site's own, a box for one shows its first.
    const first = property === "defaultSelected" && select.type === "select-one";
    return options.length || !first ? options : [...select.options].slice(0, 1);
  };

  const read = (control, isStored) => {
    if (control.type === "checkbox" || control.type === "radio") {
      return isStored ? control.defaultChecked : control.checked;
    }
    if (control.tagName === "SELECT") {
      const options = chosen(control, isStored ? "defaultSelected" : "selected");
      return options.map((option) => [option.value, option.text]);
    }
    return isStored ? control.defaultValue : control.value;
  };

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const isChanged = (control) => !same(read(control, false), read(control, true));

  // Boxes to tick share a name, and differ in what they send.
  const boxOf = (control) =>
    control.type === "checkbox" || control.type === "radio" ? control.value : null;

  const isOf = (control, { name, box }) =>
    control.name === name && (box === null || control.value === box);

  const find = (form, field) =>
    [...form.elements].find((control) => isTyped(control) && isOf(control, field));

  // What differs from what is stored. A form that came back shows as its own what was
  // sent; what that was before, the earlier copy knows.
  const changes = (form, earlier) =>
    [...form.elements].filter(isTyped).flatMap((control) => {
      const known = earlier.find((field) => isOf(control, field));
      if (!known && !isChanged(control)) return [];
      return {
        name: control.name,
        box: boxOf(control),
        was: known ? known.was : read(control, true),
        is: read(control, false),
      };
    });

  const fill = (control, value) => {
    if (control.type === "checkbox" || control.type === "radio") {
      control.checked = value;
    } else if (control.tagName === "SELECT") {
      const wanted = value.map(([key]) => key);
      for (const [key, text] of value) {
        const isThere = [...control.options].some((option) => option.value === key);
        if (!isThere) control.add(new Option(text, key));
      }
      for (const option of control.options) option.selected = wanted.includes(option.value);
    } else {
      control.value = value;
    }
    // Search boxes listen through jQuery, which tells all others too.
    django.jQuery(control).trigger("change");
  };

  const rowCounts = (form) => {
    const counts = [...form.elements].filter((it) => it.name.endsWith("-TOTAL_FORMS"));
    return Object.fromEntries(counts.map((it) => [it.name, Number(it.value)]));
  };

  const addRows = (form, counts) => {
    for (const [name, count] of Object.entries(counts)) {
      const group = document.getElementById(name.replace("-TOTAL_FORMS", "-group"));
      for (let n = rowCounts(form)[name]; group && n < count; n += 1) {
        const button = group.querySelector(".add-row a");
        if (button) button.click();
      }
    }
  };

  const nameOf = (control) => {
    const label = control.labels && control.labels[0];
    return (label ? label.textContent : control.name).replace(/:\s*$/, "").trim();
  };

  // The copies of one form

  const watch = (form, offer, user) => {
    const mine = `${PREFIX}${user}:${location.pathname}:`;
    const box = form.elements._copy;
    // A form that came back with errors goes on with the copy that it had.
    const cameBack = box.value !== "";
    const isUnsaved = offer.dataset.unsaved === "1";
    if (!cameBack) {
      const bytes = crypto.getRandomValues(new Uint8Array(8));
      box.value = [...bytes].map((it) => it.toString(16).padStart(2, "0")).join("");
    }
    const own = mine + box.value;
    const before = cameBack ? load(own) : null;
    const earlier = before ? before.fields : [];
    let isLeaving = false;
    let waiting;

    // While it is held, other tabs know that this copy is somebody's still.
    if (navigator.locks) navigator.locks.request(own, () => new Promise(() => {}));

    const hasFile = () =>
      [...form.elements].some((control) => control.type === "file" && control.files.length);
    const isDirty = () => isUnsaved || hasFile() || changes(form, []).length > 0;

    const keep = () => {
      clearTimeout(waiting);
      const fields = changes(form, earlier);
      if (fields.length) store(own, { at: Date.now(), rows: rowCounts(form), fields });
      else forget((key) => key === own);
    };

    django.jQuery(form).on("input change", () => {
      clearTimeout(waiting);
      waiting = setTimeout(keep, PAUSE_MS);
    });
    window.addEventListener("pagehide", () => { if (!isLeaving) keep(); });
    window.addEventListener("pageshow", () => { isLeaving = false; });
    form.addEventListener("submit", (event) => {
      const isElsewhere = event.submitter && event.submitter.formTarget === "_blank";
      if (isElsewhere) return;
      keep();
      isLeaving = true;
    });
    window.addEventListener("beforeunload", (event) => {
      if (!isLeaving && isDirty()) event.preventDefault();
    });

    // What another tab left behind

    const bringBack = (copy) => {
      addRows(form, copy.rows);
      const meanwhile = [];
      for (const field of copy.fields) {
        const control = find(form, field);
        if (!control) continue;
        if (!same(read(control, true), field.was)) meanwhile.push(nameOf(control));
        fill(control, field.is);
      }
      keep();
      return meanwhile;
    };

    const tells = (copy) => copy.fields.some((field) => {
      const control = find(form, field);
      return !control || !same(read(control, false), field.is);
    });

    const show = (orphans) => {
      const [key, ...others] = orphans;
      if (!key) return;
      const copy = load(key);
      if (!copy || !tells(copy)) {
        forget((other) => other === key);
        return show(others);
      }
      const bar = offer.content.firstElementChild.cloneNode(true);
      const at = new Date(copy.at);
      const isToday = at.toDateString() === new Date().toDateString();
      const day = isToday ? {} : { day: "numeric", month: "long" };
      const time = { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
      const text = bar.querySelector("p");
      text.textContent = text.textContent.replace(
        "{time}", at.toLocaleString(document.documentElement.lang, time)
      );
      bar.querySelector("[name=bring-back]").addEventListener("click", () => {
        const meanwhile = bringBack(copy);
        forget((other) => other === key);
        bar.querySelector("div").remove();
        text.textContent = meanwhile.length
          ? bar.dataset.meanwhile.replace("{names}", meanwhile.join(", "))
          : bar.dataset.done;
        text.tabIndex = -1;
        text.focus();
      });
      bar.querySelector("[name=discard]").addEventListener("click", () => {
        forget((other) => other === key);
        bar.remove();
        show(others);
      });
      offer.before(bar);
      return undefined;
    };

    const look = async () => {
      const state = navigator.locks ? await navigator.locks.query() : { held: [] };
      const held = state.held.map((lock) => lock.name);
      const orphans = keys().filter(
        (key) => key.startsWith(mine) && key !== own && !held.includes(key)
      );
      show(orphans.sort((one, other) => madeAt(other) - madeAt(one)));
    };
    look();
  };

  const start = () => {
    // A saved form says so at the head of the next page.
    for (const message of document.querySelectorAll(".messagelist li")) {
      const saved = [...message.classList].find((name) => name.startsWith("saved-"));
      if (saved) forget((key) => key.endsWith(`:${saved.slice("saved-".length)}`));
    }
    const oldest = Date.now() - KEPT_DAYS * 24 * 60 * 60 * 1000;
    forget((key) => madeAt(key) < oldest);
    const signOut = document.getElementById("logout-form");
    if (signOut) signOut.addEventListener("submit", () => forget(() => true));
    if (location.pathname.endsWith("/logout/")) forget(() => true);

    const user = document.querySelector("meta[name=staff]");
    const offer = document.getElementById("unsaved-offer");
    if (user && offer) watch(offer.closest("form"), offer, user.content);
  };

  start();
}
