// The officers' screens work without this file. It opens forms as dialogs, keeps what is being
// typed, says politely what is new, and gives the keyboard its short ways.
(() => {
  'use strict';
  const root = document.documentElement;
  const by = (id) => document.getElementById(id);
  root.dataset.js = '';

  // ---- what is new ----------------------------------------------------------------------------
  const rowIDs = () => new Set([...document.querySelectorAll('#rows .t')].map((t) => t.dataset.id));
  let known = rowIDs();
  const unreadIDs = () => new Set([...document.querySelectorAll('#rows .t.unread')].map((t) => t.dataset.id));
  let unread = unreadIDs();

  const alarmIDs = () => new Set([...document.querySelectorAll('#list [data-alarm]')].map((a) => a.dataset.alarm));
  let alarms = alarmIDs();

  // A sound of its own for what cannot wait; browsers let it sound once somebody has touched the page.
  const sound = () => {
    try {
      const audio = new AudioContext();
      for (const at of [0, 0.25, 0.5]) {
        const tone = audio.createOscillator(), loud = audio.createGain();
        tone.frequency.value = 880;
        loud.gain.value = 0.15;
        tone.connect(loud).connect(audio.destination);
        tone.start(audio.currentTime + at);
        tone.stop(audio.currentTime + at + 0.15);
      }
      setTimeout(() => audio.close(), 1500);
    } catch { /* it stands on the page all the same */ }
  };

  const say = (words) => { const news = by('news'); if (news && words) news.textContent = words; };

  const tellNews = () => {
    const now = rowIDs(), nowUnread = unreadIDs();
    const fresh = [...now].filter((id) => !known.has(id));
    const said = [...nowUnread].filter((id) => known.has(id) && !unread.has(id));
    for (const id of fresh) document.querySelector(`#rows .t[data-id="${id}"]`)?.classList.add('fresh');
    const ringing = alarmIDs(), urgent = [...ringing].filter((id) => !alarms.has(id));
    alarms = ringing;
    if (urgent.length) {
      sound();
      say(`มีเรื่องด่วนที่ยังไม่มีผู้รับ ${urgent.length} เรื่อง`);
    } else if (fresh.length) say(`มีเรื่องเข้ามาในรายการ ${fresh.length} เรื่อง`);
    else if (said.length) say(`มีข้อความใหม่ใน ${said.length} เรื่อง`);
    known = now;
    unread = nowUnread;
  };

  // ---- the open ticket ------------------------------------------------------------------------
  const opened = () => by('ticket')?.dataset.id;
  const markOpen = () => {
    for (const t of document.querySelectorAll('#rows .t')) {
      if (t.dataset.id === opened()) t.setAttribute('aria-current', 'true');
      else t.removeAttribute('aria-current');
    }
  };

  // What was typed but not sent, by ticket; only as long as this page lives.
  const drafts = new Map();
  const restoreDraft = () => {
    const box = by('reply-text'), draft = drafts.get(opened());
    if (box && draft && !box.value) box.value = draft;
  };
  let lastSign = 0;
  document.addEventListener('input', (e) => {
    if (e.target.id === 'reply-text') drafts.set(opened(), e.target.value);
    // Whoever types is there: the session must not end under a long answer.
    if (by('app') && Date.now() - lastSign > 5 * 60 * 1000) {
      lastSign = Date.now();
      fetch('/admin/here', { method: 'POST' }).catch(() => {});
    }
  });

  // The newest words are at the end of the talk, where it has a scroll of its own.
  const toEnd = () => {
    const column = by('col-talk');
    if (column && column.scrollHeight > column.clientHeight) column.scrollTop = column.scrollHeight;
    else by('talk')?.lastElementChild?.scrollIntoView({ block: 'nearest' });
  };
  const openAtEnd = () => { const column = by('col-talk'); if (column) column.scrollTop = column.scrollHeight; };
  openAtEnd();

  // ---- htmx -----------------------------------------------------------------------------------
  // News that comes while a case is on its way here may be newer than what arrives, and whoever
  // listened for it is replaced by what arrives: then the case is read once more.
  const heard = new Map(), asked = new WeakMap();
  let heardAll = 0;
  document.addEventListener('tickets', (e) => { heard.set(e.detail?.data, performance.now()); });
  document.addEventListener('resync', () => { heardAll = performance.now(); });
  document.addEventListener('htmx:before:request', (e) => { if (e.detail?.ctx) asked.set(e.detail.ctx, performance.now()); });
  const catchUp = (ctx) => {
    const id = opened(), since = ctx && asked.get(ctx);
    if (id && since !== undefined && Math.max(heard.get(id) ?? 0, heardAll) >= since) by('live')?.dispatchEvent(new CustomEvent(`ticket-${id}`));
  };

  // What was pressed may be gone with what it did: then the keyboard goes on at the case's head.
  const keepPlace = () => { if (document.activeElement === document.body) by('ticket-title')?.focus({ preventScroll: true }); };

  let scrolled = 0;
  document.addEventListener('htmx:before:swap', () => { scrolled = by('ticket-scroll')?.scrollTop ?? 0; });
  document.addEventListener('htmx:after:swap', (e) => {
    const ctx = e.detail?.ctx, source = ctx?.sourceElement, ok = (ctx?.response?.status ?? 200) < 400;
    by('offline').hidden = true;
    if (source?.id === 'list' || source?.closest?.('#more')) { tellNews(); markOpen(); } else catchUp(ctx);
    if (source?.classList?.contains('t')) {
      markOpen();
      restoreDraft();
      openAtEnd();
      if (ok) (by('ticket-title') ?? by('sheet-title'))?.focus();
    }
    if (source?.id === 'reply' && ok) {
      drafts.delete(opened());
      const scroll = by('ticket-scroll');
      if (scroll) scroll.scrollTop = scrolled;
      toEnd();
      by('reply-text')?.focus();
    }
    if (source?.matches?.('#ticket form') && ok) keepPlace();
    const sheet = by('sheet');
    if (!ok) by('sheet-problem')?.scrollIntoView({ block: 'center' }); // the buttons of a dialog stand over its end
    if (source?.closest?.('#sheet') && ok && ctx.target?.id !== 'sheet') {
      close(sheet);
      by('done')?.scrollIntoView({ block: 'nearest' });
      keepPlace();
    } else if (sheet.firstElementChild && !sheet.open && targetIs(ctx, 'sheet')) {
      sheet.showModal();
      sheet.querySelector('[autofocus]')?.focus();
    }
  });
  const targetIs = (ctx, id) => ctx?.target === `#${id}` || ctx?.target?.id === id;
  document.addEventListener('htmx:error', () => { by('offline').hidden = false; });
  document.addEventListener('signed-out', () => { by('ended').hidden = false; });

  // ---- dialogs --------------------------------------------------------------------------------
  const close = (dialog) => { dialog.close(); };
  document.addEventListener('close', (e) => { if (e.target.id === 'sheet') e.target.replaceChildren(); }, true);
  document.addEventListener('click', (e) => {
    const opener = e.target.closest?.('[data-open]');
    if (opener) { by(opener.dataset.open)?.showModal(); opener.closest('details')?.removeAttribute('open'); }
    const copier = e.target.closest?.('[data-copy]');
    if (copier) {
      const box = by(copier.dataset.copy);
      box.select(); // also for whoever's browser lets no page copy
      navigator.clipboard?.writeText(box.value).then(() => { copier.lastChild.textContent = ' คัดลอกแล้ว'; say('คัดลอกแล้ว'); }, () => {});
    }
    const closer = e.target.closest?.('[data-close]');
    const dialog = closer?.closest('dialog');
    if (dialog) { e.preventDefault(); close(dialog); }
    for (const menu of document.querySelectorAll('details.who[open]')) {
      if (!menu.contains(e.target)) menu.removeAttribute('open');
    }
    // Parts of a long page are a scroll away, not a page in the history.
    const jump = e.target.closest?.('.jump a');
    if (jump) {
      e.preventDefault();
      const part = document.querySelector(jump.getAttribute('href'));
      part?.querySelector('details')?.setAttribute('open', '');
      part?.scrollIntoView({ block: 'start' });
    }
  });

  // A plain form is sent once, however often its button is pressed.
  document.addEventListener('submit', (e) => {
    const form = e.target;
    if (form.hasAttribute('hx-post') || form.method !== 'post') return;
    if (form.dataset.sent !== undefined) { e.preventDefault(); return; }
    form.dataset.sent = '';
  });

  // ---- keyboard -------------------------------------------------------------------------------
  const switchBox = () => by('keys-on');
  const keysOn = () => localStorage.getItem('saphan-keys') !== 'off';
  if (switchBox()) switchBox().checked = keysOn();
  document.addEventListener('change', (e) => {
    if (e.target.id === 'keys-on') localStorage.setItem('saphan-keys', e.target.checked ? 'on' : 'off');
  });

  const step = (by_) => {
    const rows = [...document.querySelectorAll('#rows .t')];
    if (!rows.length) return;
    let at = rows.indexOf(document.activeElement);
    if (at < 0) at = rows.findIndex((t) => t.dataset.id === opened());
    const next = rows[Math.min(Math.max(at + by_, 0), rows.length - 1)];
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  };

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    r: () => by('reply-text')?.focus(),
    '/': () => by('q')?.focus(),
    '?': () => by('keys')?.showModal(),
  };
  // With the Thai layout on, a key types another letter: then its place on the keyboard counts.
  const places = { KeyJ: 'j', KeyK: 'k', KeyR: 'r', Slash: '/' };
  const pressed = (e) => (/^[\u0E00-\u0E7F]$/.test(e.key) ? (e.shiftKey && e.code === 'Slash' ? '?' : places[e.code]) : e.key);
  document.addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === 'Enter' && e.target.form) { e.preventDefault(); e.target.form.requestSubmit(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || !keysOn()) return;
    if (e.target.closest?.('input, textarea, select, [contenteditable]') || document.querySelector('dialog[open]')) return;
    const act = keys[pressed(e)];
    if (act) { e.preventDefault(); act(); }
  });
})();
