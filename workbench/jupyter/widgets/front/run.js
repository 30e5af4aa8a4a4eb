// A run that goes on. The state comes from the run's own record and journal; this only shows it.
const ANNOUNCED = 10;

function runView(root, context, first) {
  const { say } = context;
  let announced = '';
  const head = el('p', { class: 'wb-head' });
  const bar = el('progress', { max: 1, value: 0, 'aria-label': say('progress') });
  const line = el('p', { class: 'wb-line' });
  const spoken = el('p', { class: 'wb-spoken', role: 'status' });
  const buttons = el('p', { class: 'wb-buttons', role: 'group', 'aria-label': say('verbs') });
  const scores = el('div', {});
  const problem = el('div', {});
  root.append(head, bar, line, spoken, buttons, scores, problem);

  const tell = async verb => {
    problem.replaceChildren();
    try {
      show(await context.ask('tell', { run: first.id, verb }));
    } catch (error) {
      problem.replaceChildren(failure(context, error));
    }
  };
  const verbs = { pause: [], resume: [], requeue: [], score: [], cancel: [] };
  for (const verb of Object.keys(verbs)) {
    verbs[verb] = button(say(`verb.${verb}`), () => tell(verb), { hidden: true });
    buttons.append(verbs[verb]);
  }

  const show = state => {
    head.replaceChildren(
      el('strong', {}, written(context, state.model)),
      ' · ',
      written(context, state.packs.join(', ')),
      ' · ',
      el('code', {}, state.id)
    );
    const known = state.planned !== null && state.planned > 0;
    if (known) {
      bar.value = state.answered / state.planned;
    } else if (state.ended) {
      bar.value = state.state === 'done' ? 1 : 0;
    } else {
      bar.removeAttribute('value');
    }
    const parts = [say(`state.${state.state}`)];
    if (known) {
      parts.push(say('of', { done: decimal(context, state.answered), planned: decimal(context, state.planned) }));
    }
    if (state.now) {
      parts.push(visible(state.now));
    }
    if (state.waiting) {
      parts.push(visible(state.waiting));
    }
    if (state.rate) {
      parts.push(say('rate', { n: decimal(context, state.rate, 1) }));
    }
    if (state.remaining) {
      const seconds = Math.round(state.remaining);
      parts.push(say('remaining', { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}` }));
    }
    if (state.failed) {
      parts.push(say('failed', { n: decimal(context, state.failed) }));
    }
    line.textContent = parts.join(' · ');
    // Read aloud when it changes its state, and at every tenth of the way; not twice a second.
    const step = known ? Math.floor((ANNOUNCED * state.answered) / state.planned) : 0;
    if (`${state.state} ${step}` !== announced) {
      announced = `${state.state} ${step}`;
      spoken.textContent = parts.slice(0, 2).join(' · ');
    }
    for (const [verb, node] of Object.entries(verbs)) {
      node.hidden = !state.verbs.includes(verb === 'score' ? 'cancel' : verb);
    }
    buttons.hidden = !state.verbs.length;
    const some = state.scores.filter(score => score.mean !== null);
    scores.replaceChildren(
      ...(some.length
        ? [
            table(
              say('scores.so_far'),
              [say('language'), say('benchmark'), say('mean'), say('interval'), say('answered')],
              some.map(score =>
                row(
                  written(context, score.language),
                  written(context, score.pack),
                  decimal(context, score.mean),
                  score.low === null ? say('none') : `${decimal(context, score.low)} – ${decimal(context, score.high)}`,
                  say('of', { done: score.answered, planned: score.planned ?? say('none') })
                )
              )
            )
          ]
        : [])
    );
    problem.replaceChildren(...(state.error ? [failure(context, state.error)] : []));
  };
  show(first);
  return show;
}

VIEWS.run = (root, context, model) => {
  const show = runView(root, context, model.get('state'));
  const changed = () => show(model.get('state'));
  model.on('change:state', changed);
  return () => model.off('change:state', changed);
};
