// Inputs for files, where there is JavaScript: what is chosen is sent at once, by the tus protocol, and goes on
// by itself after the connection dropped or the page was loaded anew. Without this script the form sends them.
(function () {
  'use strict';
  const said = document.getElementById('upload-words'); // in the page's language
  if (!window.tus || !window.tus.isSupported || !window.sessionStorage || !said) return;

  const CHUNK = 10 << 20;   // a proxy on the way may want to see the whole of a request
  const KEEP = 100 << 20;   // the largest file that the browser keeps for the time the page is loaded anew
  const KEPT = 3600e3;      // and how long, in milliseconds
  const STALLED = 60e3;     // a request that does not move for so long is made again
  const STORE = 'uploads ' + location.pathname;

  const words = JSON.parse(said.textContent);
  const say = (key, args) => words[key].replace(/\{(\w+)\}/g, (whole, name) => args && name in args ? args[name] : whole);
  const size = (n) => n < 1e6 ? Math.max(1, Math.round(n / 1e3)) + ' KB' : (n / 1e6).toFixed(n < 1e8 ? 1 : 0) + ' MB';
  const make = (name, props, ...children) => { const e = Object.assign(document.createElement(name), props); e.append(...children); return e; };
  const share = (r) => r.size ? r.sent / r.size * 100 : 0;
  const idOf = (url) => url.replace(/\/+$/, '').split('/').pop();

  // Files that are being sent, kept by the browser until they are, so that a new load of the page goes on.
  const cellar = {
    open() {
      return new Promise((done, fail) => {
        const r = indexedDB.open('saphan-uploads', 1);
        r.onupgradeneeded = () => r.result.createObjectStore('files');
        r.onsuccess = () => done(r.result);
        r.onerror = () => fail(r.error);
      });
    },
    async run(mode, act) {
      try {
        const db = await this.open();
        return await new Promise((done) => {
          const t = db.transaction('files', mode), r = act(t.objectStore('files'));
          t.oncomplete = () => { db.close(); done(r && r.result); };
          t.onabort = t.onerror = () => { db.close(); done(undefined); };
        });
      } catch (_) { return undefined; } // a browser that keeps nothing asks for the file again
    },
    put(key, file) { if (file.size <= KEEP) this.run('readwrite', (s) => s.put({ file, at: Date.now() }, key)); },
    drop(key) { this.run('readwrite', (s) => s.delete(key)); },
    async get(key) { const kept = await this.run('readonly', (s) => s.get(key)); return kept && kept.file; },
    sweep() {
      this.run('readwrite', (s) => {
        s.openCursor().onsuccess = (e) => {
          const c = e.target.result;
          if (c) { if (Date.now() - c.value.at > KEPT) c.delete(); c.continue(); }
        };
      });
    }
  };

  // What this tab has sent and is sending; it survives a new load of the page and ends with the tab.
  let records = [];
  try { records = JSON.parse(sessionStorage.getItem(STORE)) || []; } catch (_) { /* began anew */ }
  const way = performance.getEntriesByType('navigation')[0];
  if (!way || way.type === 'navigate') records = records.filter((r) => !r.submitted); // another form at the same address
  const save = () => { try { sessionStorage.setItem(STORE, JSON.stringify(records)); } catch (_) { /* goes without */ } };

  class Item {
    constructor(box, record, file) {
      Object.assign(this, { box, record, file, state: 'queued', tries: 0, told: 0 });
      this.bar = make('progress', { max: 100, value: share(record) });
      this.bar.setAttribute('aria-label', record.name);
      this.text = make('span', { className: 'hint' });
      this.toggle = make('button', { type: 'button', className: 'b', onclick: () => this.press() });
      this.removal = make('button', { type: 'button', className: 'b', textContent: words.remove, onclick: () => this.remove() });
      this.removal.setAttribute('aria-label', words.remove + ' ' + record.name);
      this.row = make('li', {}, make('span', { className: 'name', textContent: record.name }), this.bar, this.text, make('span', { className: 'acts' }, this.toggle, this.removal));
      box.list.append(this.row);
      this.show();
    }

    show(sentence) {
      const r = this.record, s = this.state;
      const moving = s === 'running' && r.sent < r.size;
      this.text.textContent = sentence || (moving ? say('sent', { sent: size(r.sent), size: size(r.size) }) : s === 'running' ? words.finishing
        : s === 'done' ? say('done', { size: size(r.size) }) : s === 'lost' ? say('lost', { n: Math.floor(share(r)) }) : words[s] || '');
      this.text.classList.toggle('bad', s === 'failed');
      this.bar.value = share(r);
      this.bar.hidden = s === 'done' || s === 'failed';
      this.row.dataset.state = s;
      this.toggle.hidden = s === 'done' || s === 'failed';
      this.toggle.textContent = s === 'lost' ? words.choose : s === 'paused' ? words.resume : words.pause;
      this.toggle.setAttribute('aria-label', this.toggle.textContent + ' ' + r.name);
    }

    become(state, sentence) {
      this.state = state;
      this.show(sentence);
      this.box.required();
    }

    press() {
      switch (this.state) {
        case 'lost': this.box.input.click(); return;
        case 'paused': this.become('queued'); this.box.say('goesOn', { name: this.record.name }); break;
        default: this.halt(); this.become('paused'); this.box.say('hasPaused', { name: this.record.name });
      }
      pump();
    }

    halt() {
      clearTimeout(this.timer);
      clearTimeout(this.watch);
      if (this.upload) this.upload.abort().catch(() => {});
    }

    moved() {
      clearTimeout(this.watch);
      this.watch = setTimeout(() => { if (this.state === 'running') { this.halt(); this.wait(); } }, STALLED);
    }

    start() {
      const r = this.record;
      this.become('running');
      this.moved();
      if (this.upload) { this.upload.start(); return; }
      this.box.say('begins', { name: r.name });
      this.upload = new tus.Upload(this.file, {
        endpoint: this.box.endpoint, headers: { 'Accept-Language': document.documentElement.lang }, uploadUrl: r.url, chunkSize: CHUNK, retryDelays: null, storeFingerprintForResuming: false, metadata: { filename: r.name },
        onUploadUrlAvailable: () => { r.url = this.upload.url; save(); cellar.put(r.key, this.file); },
        onProgress: (sent) => this.progress(sent),
        onSuccess: () => this.finish(),
        onError: (err) => this.fail(err)
      });
      this.upload.start();
    }

    progress(sent) {
      if (this.state !== 'running') return;
      const r = this.record, quarter = Math.floor(sent / r.size * 4) * 25;
      r.sent = sent;
      this.tries = 0;
      this.moved();
      this.show();
      if (quarter > this.told && quarter < 100) { this.told = quarter; this.box.say('part', { name: r.name, n: quarter }); }
      if (Date.now() - (this.saved || 0) > 2000) { this.saved = Date.now(); save(); }
    }

    finish() {
      const r = this.record;
      clearTimeout(this.watch);
      Object.assign(r, { url: this.upload.url, sent: r.size, done: true });
      save();
      cellar.drop(r.key);
      this.kept();
      this.box.say('ready', { name: r.name });
      pump();
    }

    kept() {
      this.row.append(make('input', { type: 'hidden', name: this.record.field, value: 'upload:' + idOf(this.record.url) }));
      this.become('done');
    }

    fail(err) {
      const answer = err.originalResponse, status = answer ? answer.getStatus() : 0;
      clearTimeout(this.watch);
      if (this.state !== 'running') return;
      if (status === 0 || status >= 500 || [408, 409, 423, 429, 460].includes(status)) { this.wait(); return; }
      let problem = {};
      try { problem = JSON.parse(answer.getBody()); } catch (_) { /* told in general words */ }
      const sentence = problem.title || words.failed;
      if (status === 401) { this.file = null; this.become('lost', sentence); this.upload = null; } else { this.become('failed', sentence); this.forget(); }
      this.box.tell(this.record.name + ': ' + sentence);
      pump();
    }

    // wait goes on when the network is back, and tries from time to time because browsers do not always know.
    wait() {
      this.become('waiting');
      this.file.slice(0, 1).arrayBuffer().catch(() => { // it was changed or taken away: no network brings it back
        this.halt();
        this.become('failed', words.failed);
        this.forget();
        pump();
      });
      if (this.tries === 0) this.box.say('dropped', { name: this.record.name });
      this.timer = setTimeout(() => { if (this.state === 'waiting') this.start(); }, Math.min(1000 * 2 ** this.tries++, 30e3));
    }

    forget() {
      records = records.filter((r) => r !== this.record);
      save();
      cellar.drop(this.record.key);
    }

    remove(quietly) {
      const url = this.record.url;
      this.halt();
      this.state = 'removed';
      if (url) fetch(url, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' }, keepalive: true }).catch(() => {});
      this.forget();
      this.row.remove();
      this.box.items = this.box.items.filter((i) => i !== this);
      this.box.required();
      if (!quietly) { this.box.say('removed', { name: this.record.name }); this.box.input.focus(); }
      pump();
    }
  }

  class Box {
    constructor(root) {
      this.input = root.querySelector('input[type=file]');
      this.list = root.querySelector('.uploads');
      this.endpoint = root.dataset.upload;
      this.items = [];
      this.live = make('p', { className: 'sr' });
      this.live.setAttribute('role', 'status');
      root.append(this.live);
      const plain = root.querySelector('[data-plain]');
      if (plain && root.dataset.largest) plain.textContent = say('largest', { size: root.dataset.largest });
      for (const row of this.list.querySelectorAll('li[data-kept]')) this.adopt(row);
      this.input.addEventListener('change', () => this.choose([...this.input.files]));
      for (const r of records.filter((r) => r.field === this.input.name)) this.bringBack(r);
      this.required();
    }

    say(key, args) { this.tell(say(key, args)); }
    tell(sentence) { this.live.textContent = sentence; }
    required() {
      const some = this.items.some((i) => i.state !== 'failed') || this.list.querySelector('li[data-kept]');
      this.input.required = this.input.hasAttribute('data-required') && !some;
    }

    // adopt gives a file that the page came with a button in place of its box to tick.
    adopt(row) {
      const name = row.querySelector('.name').textContent, url = this.endpoint + row.dataset.kept;
      records = records.filter((r) => !r.url || idOf(r.url) !== row.dataset.kept); // the page knows it now
      save();
      const button = make('button', { type: 'button', className: 'b', textContent: words.remove, onclick: () => {
        if (row.dataset.kept) fetch(url, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' }, keepalive: true }).catch(() => {});
        row.remove();
        this.required();
        this.say('removed', { name });
        this.input.focus();
      } });
      button.setAttribute('aria-label', words.remove + ' ' + name);
      row.querySelector('.drop').replaceWith(make('span', { className: 'acts' }, button));
    }

    choose(files) {
      for (const file of files) {
        const lost = this.items.find((i) => i.state === 'lost' && i.record.name === file.name && i.record.size === file.size && i.record.modified === file.lastModified);
        if (lost) { lost.file = file; lost.become('queued'); continue; }
        if (!this.input.multiple) for (const i of [...this.items]) i.remove(true);
        const record = { key: Date.now().toString(36) + Math.random().toString(36).slice(2), field: this.input.name, name: file.name, size: file.size, modified: file.lastModified, url: null, sent: 0, done: false };
        records.push(record);
        this.items.push(new Item(this, record, file));
      }
      this.input.value = ''; // the form does not send them again
      save();
      this.required();
      pump();
    }

    async bringBack(record) {
      const item = new Item(this, record, null);
      this.items.push(item);
      if (record.done) { item.kept(); return; }
      item.become('lost');
      item.file = await cellar.get(record.key);
      if (item.file && item.state === 'lost') { item.become('queued'); pump(); }
    }
  }

  // One file at a time has all of a slow network.
  function pump() {
    const all = boxes.flatMap((b) => b.items);
    if (all.some((i) => i.state === 'running' || i.state === 'waiting')) return;
    const next = all.find((i) => i.state === 'queued');
    if (next) next.start();
  }

  function again() {
    for (const i of boxes.flatMap((b) => b.items)) if (i.state === 'waiting') { clearTimeout(i.timer); i.start(); }
  }

  const boxes = [];
  cellar.sweep();
  for (const root of document.querySelectorAll('[data-upload]')) boxes.push(new Box(root));
  addEventListener('online', again);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) again(); });
  addEventListener('offline', () => { for (const i of boxes.flatMap((b) => b.items)) if (i.state === 'running') { i.halt(); i.wait(); } });
  document.addEventListener('submit', (e) => {
    if (e.submitter && e.submitter.formNoValidate) return;
    const box = boxes.find((b) => e.target.contains(b.input) && b.items.some((i) => i.state !== 'done' && i.state !== 'failed'));
    if (!box) {
      for (const r of records) r.submitted = true;
      save();
      return;
    }
    e.preventDefault();
    box.tell(words.unfinished);
    const open = box.items.find((i) => i.state !== 'done' && i.state !== 'failed');
    open.text.textContent = words.unfinished;
    open.toggle.focus();
  });
  pump();
})();
