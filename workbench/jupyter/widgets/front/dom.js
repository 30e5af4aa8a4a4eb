// Shared by every view. Nothing here, or in a view, ever parses text as HTML: models and items write what they like.
const VIEWS = {};
const LONGEST = 4000;
const PATIENCE_MS = 60000;

/** Characters that hide, reorder or command; the same rule as workbench/languages/hidden.py. */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udc7f]/g;

function visible(text) {
  return String(text).replace(HIDDEN, found => {
    const code = found.codePointAt(0);
    if (code < 0x20) {
      return String.fromCharCode(0x2400 + code);
    }
    return code === 0x7f ? '\u2421' : `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}

/** An element; attributes that are functions listen, those that are null or false are left out. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      node.addEventListener(name, value);
    } else if (value === true) {
      node.setAttribute(name, '');
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, String(value));
    }
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

/** What somebody else wrote: in its own direction, nothing hidden, nothing endless. */
function written(context, value, { tag = 'bdi', lang = null, limit = LONGEST, kind = '' } = {}) {
  const text = String(value ?? '');
  let end = Math.min(text.length, limit);
  if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1])) {
    end -= 1; // not in the middle of a character
  }
  const node = el(tag, { dir: 'auto', lang, class: `wb-written ${kind}`.trim() }, visible(text.slice(0, end)));
  if (end < text.length) {
    node.append(el('span', { class: 'wb-cut', dir: context.direction }, ` … ${context.say('cut', { n: text.length - end })}`));
  }
  return node;
}

function percent(context, value) {
  return value === null || value === undefined
    ? context.say('none')
    : new Intl.NumberFormat(context.language, { style: 'percent', maximumFractionDigits: 1 }).format(value);
}

function decimal(context, value, places = 3) {
  return value === null || value === undefined
    ? context.say('none')
    : new Intl.NumberFormat(context.language, { maximumFractionDigits: places }).format(value);
}

function button(label, onClick, attributes = {}) {
  return el('button', { type: 'button', class: 'wb-button', click: onClick, ...attributes }, label);
}

/** A table with a caption and column heads; wide ones scroll, and can be scrolled by keyboard. */
function table(caption, heads, rows) {
  return el(
    'div',
    { class: 'wb-scroll', role: 'region', tabindex: 0, 'aria-label': caption },
    el(
      'table',
      {},
      el('caption', {}, caption),
      el('thead', {}, el('tr', {}, heads.map(head => el('th', { scope: 'col' }, head)))),
      el('tbody', {}, rows)
    )
  );
}

function row(head, ...cells) {
  return el('tr', {}, el('th', { scope: 'row' }, head), cells.map(cell => el('td', {}, cell)));
}

/** What goes wrong is said, with what to do; a screen reader reads it at once. */
function failure(context, error) {
  return el(
    'p',
    { role: 'alert', class: 'wb-error' },
    el('bdi', { dir: 'auto' }, visible(error.message ?? String(error))),
    ' ',
    el('bdi', { dir: 'auto' }, visible(error.remedy ?? ''))
  );
}

/** Asks the kernel. Its answer may never come: the kernel may be busy, or gone. */
function channel(model, context) {
  const waiting = new Map();
  let count = 0;
  const heard = message => {
    const asked = message && waiting.get(message.answer);
    if (asked) {
      waiting.delete(message.answer);
      clearTimeout(asked.timer);
      if (message.error) {
        asked.reject(message.error);
      } else {
        asked.resolve(message.body);
      }
    }
  };
  model.on('msg:custom', heard);
  return {
    ask: (verb, body = {}) =>
      new Promise((resolve, reject) => {
        count += 1;
        const id = `${Date.now()}-${Math.random().toString(36).slice(2)}-${count}`;
        const silent = () => {
          waiting.delete(id);
          reject({ message: context.say('silent'), remedy: context.say('silent.remedy') });
        };
        waiting.set(id, { resolve, reject, timer: setTimeout(silent, PATIENCE_MS) });
        model.send({ ask: id, verb, body });
      }),
    close: () => {
      model.off('msg:custom', heard);
      waiting.forEach(asked => clearTimeout(asked.timer));
      waiting.clear();
    }
  };
}

/** Puts what is fetched into a place: first that it is being fetched, then it, or why not. */
async function fetched(context, place, promise, shown) {
  place.setAttribute('aria-busy', 'true');
  try {
    const body = await promise;
    place.replaceChildren(...[shown(body)].flat());
  } catch (error) {
    place.replaceChildren(failure(context, error));
  } finally {
    place.removeAttribute('aria-busy');
  }
}

function start({ model, el: place }) {
  const words = model.get('words') ?? {};
  const context = {
    model,
    language: model.get('language') || 'en',
    direction: model.get('direction') || 'ltr',
    say: (key, values = {}) =>
      Object.entries(values).reduce(
        (text, [name, value]) => text.replaceAll(`{${name}}`, String(value)),
        words[key] ?? key
      )
  };
  const root = el('section', {
    class: 'wb-widget',
    lang: context.language,
    dir: context.direction,
    'aria-label': context.say(`view.${model.get('kind')}`)
  });
  place.append(root);
  const kernel = channel(model, context);
  const stop = VIEWS[model.get('kind')](root, { ...context, ask: kernel.ask }, model);
  return () => {
    if (stop) {
      stop();
    }
    kernel.close();
  };
}
