// Pages of forms, where there is JavaScript: answers are saved while they are typed, the place can be taken from the
// device, and the page that waits for a number goes on by itself. Without this script everything works by its buttons.
// What it says it finds in the page, in the page's language.
(function () {
  'use strict';
  const waiting = document.querySelector('[data-sent]');
  if (waiting) {
    const look = () => fetch(location.href, { headers: { Accept: 'application/json' } }).then((r) => r.json())
      .then((a) => { if (a.track) location.replace(a.track); else setTimeout(look, 500); }).catch(() => setTimeout(look, 2000));
    setTimeout(look, 300);
    return;
  }

  const form = document.querySelector('[data-form]'), said = document.getElementById('form-words');
  if (!form || !said) return;
  const words = JSON.parse(said.textContent);
  const status = form.querySelector('[data-status]');
  const PAUSE = 1500, AGAIN = 5000, PATIENCE = 15000;
  let timer = 0, flight = null, dirty = false, leaving = false;

  const tell = (text, bad) => { status.textContent = text; status.classList.toggle('bad', !!bad); };

  // pack is the page as the form would send it, without files: those are sent on their own.
  function pack() {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value);
    body.set('do', 'autosave');
    return body;
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(save, ms);
  }

  async function save() {
    clearTimeout(timer);
    if (flight) return flight;
    if (!dirty || leaving) return null;
    dirty = false;
    const body = pack();
    flight = send(body).finally(() => { flight = null; if (dirty && !leaving) later(PAUSE); });
    return flight;
  }

  async function send(body) {
    const stop = new AbortController(), limit = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' }, signal: stop.signal });
      if (answer.status === 401) {
        dirty = true;
        leaving = false;
        clearTimeout(timer);
        tell(words.ended, true);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      took(await answer.json());
    } catch (_) {
      dirty = true;
      tell(navigator.onLine === false ? words.offline : words.trouble, true);
      later(AGAIN);
    } finally {
      clearTimeout(limit);
    }
  }

  // took notes what the draft holds by now, so that the next save knows what this page has seen.
  function took(answer) {
    form.elements.revision.value = answer.revision;
    for (const [key, print] of Object.entries(answer.was || {})) {
      const was = form.elements['was.' + key];
      if (was) was.value = print;
    }
    if (answer.clash) tell(words.clash, true);
    else if (!dirty) tell(words.saved.replace('{time}', answer.saved));
  }

  function changed() {
    dirty = true;
    later(PAUSE);
  }

  form.addEventListener('input', (e) => { if (e.target.type !== 'file') changed(); });
  form.addEventListener('change', (e) => { if (e.target.type !== 'file') changed(); });
  for (const list of form.querySelectorAll('.uploads')) {
    new MutationObserver((all) => {
      const named = (nodes) => [...nodes].some((n) => n.nodeType === 1 && (n.matches('input[type=hidden]') || n.querySelector('input[type=hidden]')));
      if (all.some((m) => named(m.addedNodes) || named(m.removedNodes))) changed();
    }).observe(list, { childList: true, subtree: true });
  }

  // A button waits for the save that is under way: what the server has just stored is no answer from elsewhere.
  form.addEventListener('submit', (e) => {
    if (e.defaultPrevented) return;
    if (leaving === 'again') { e.preventDefault(); return; } // pressed twice
    clearTimeout(timer);
    if (!flight) { leaving = 'again'; return; }
    e.preventDefault();
    const button = e.submitter;
    flight.finally(() => form.requestSubmit(button));
  });
  addEventListener('pageshow', (e) => { if (e.persisted) leaving = false; });
  addEventListener('online', () => { if (dirty) later(0); });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden || !dirty || leaving) return;
    clearTimeout(timer);
    save();
  });
  addEventListener('beforeunload', (e) => { if (dirty && !leaving) { save(); e.preventDefault(); } });

  if (navigator.geolocation) {
    for (const place of form.querySelectorAll('[data-place]')) {
      const button = place.querySelector('[data-here]'), box = place.querySelector('input'), words = place.querySelector('[data-says]');
      button.hidden = false;
      button.addEventListener('click', () => {
        words.textContent = place.dataset.asking;
        navigator.geolocation.getCurrentPosition((at) => {
          box.value = at.coords.latitude.toFixed(6) + ', ' + at.coords.longitude.toFixed(6);
          words.textContent = place.dataset.found;
          changed();
        }, () => { words.textContent = place.dataset.none; }, { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 });
      });
    }
  }
})();
