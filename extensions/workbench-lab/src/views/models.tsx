import { type ReactElement, useId, useState } from 'react';

import type { Model, ModelDetail } from '../api/types';
import { CodeActions } from './actions';
import { Button, ErrorNotice, Facts, Loaded, Search, Table } from './basics';
import { isString, useKept, useServices } from './context';
import { FactValue, MemoryParts } from './facts';
import { useFetched } from './fetched';
import { useLate } from './late';
import { UserText } from './text';

/** Models that are found here, and what is known of each. */
export default function Models(): ReactElement {
  const { client, trans, formats } = useServices();
  const [words, setWords] = useKept('words', '', isString);
  const [chosen, setChosen] = useKept('model', '', isString);
  const models = useFetched('models', signal => client.get('/models', { signal }), {
    on: hint => hint.kind === 'models' || hint.change === 'state'
  });
  const wanted = words.toLocaleLowerCase();
  return (
    <section className="swb-view" aria-label={trans.__('Models')}>
      <div className="swb-bar">
        <Search label={trans.__('Search')} value={words} onChange={setWords} />
        <Button onClick={models.refresh}>{trans.__('Look again')}</Button>
      </div>
      <Loaded of={models}>
        {({ models: all }) => {
          const shown = all.filter(model =>
            `${model.name} ${model.path}`.toLocaleLowerCase().includes(wanted)
          );
          return (
            <>
              <p className="swb-quiet" role="status">
                {trans._n('%2 model', '%2 models', shown.length, formats.count(shown.length))}
              </p>
              {all.length === 0 && (
                <p className="swb-empty">
                  {trans.__(
                    'No model was found in the store, the hub caches or the chosen folders. In a terminal, `workbench models add` brings one into the store.'
                  )}
                </p>
              )}
              <ul className="swb-cards" aria-label={trans.__('Models')}>
                {shown.map(model => (
                  <ModelCard
                    key={model.id}
                    model={model}
                    wide={model.id === chosen}
                    onWide={wide => setChosen(wide ? model.id : '')}
                  />
                ))}
              </ul>
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

interface ICardProps {
  readonly model: Model;
  readonly wide: boolean;
  readonly onWide: (wide: boolean) => void;
}

function ModelCard({ model, wide, onWide }: ICardProps): ReactElement {
  const { trans, formats, open } = useServices();
  return (
    <li className="swb-card">
      <div className="swb-card-head">
        <Button kind="link" expanded={wide} onClick={() => onWide(!wide)}>
          <UserText inline text={model.name} className="swb-strong" />
        </Button>
        <span className="swb-tag">{model.place}</span>
        {model.refusal ? (
          <span className="swb-badge swb-state-failed">{trans.__('Refused')}</span>
        ) : (
          <span className="swb-badge swb-state-done">{trans.__('May be loaded')}</span>
        )}
        {model.used_by.map(run => (
          <Button key={run} kind="link" onClick={() => open({ view: 'results', runs: [run] })}>
            {trans.__('used by run %1', run)}
          </Button>
        ))}
        <span className="swb-space" />
        {!model.refusal && (
          <Button onClick={() => open({ view: 'new-run', runs: [] }, { model: model.id })}>
            {trans.__('New run')}
          </Button>
        )}
      </div>
      <Facts
        entries={[
          [trans.__('Family'), <FactValue key="family" fact={model.family} />],
          [trans.__('Parameters'), <FactValue key="parameters" fact={model.parameters} />],
          [trans.__('Quantisation'), <FactValue key="quantisation" fact={model.quantisation} />],
          [trans.__('Licence'), <FactValue key="licence" fact={model.licence} />],
          [trans.__('Size on disk'), formats.bytes(model.size)],
          [trans.__('Memory before load'), formats.bytes(model.memory?.total ?? null)]
        ]}
      />
      {model.refusal && <ErrorNotice error={model.refusal} />}
      {wide && <Detail model={model.id} />}
    </li>
  );
}

function Detail({ model }: { model: string }): ReactElement {
  const { client } = useServices();
  const detail = useFetched(model, signal => client.get('/models/{model}', { path: { model }, signal }));
  return <Loaded of={detail}>{value => <DetailView value={value} />}</Loaded>;
}

function DetailView({ value }: { value: ModelDetail }): ReactElement {
  const { trans, formats } = useServices();
  const { model, tokens, gate } = value;
  return (
    <div className="swb-card-more">
      <Facts
        entries={[
          [trans.__('Where'), <UserText key="path" inline text={model.path} />],
          [trans.__('Format'), model.format ?? '\u2013'],
          [trans.__('Architecture'), <FactValue key="architecture" fact={value.architecture} />],
          [trans.__('Number format'), <FactValue key="dtype" fact={value.dtype} />],
          [trans.__('Context, tokens'), <FactValue key="context" fact={value.context_length} />],
          [trans.__('Vocabulary'), <FactValue key="vocabulary" fact={value.vocabulary} />],
          [trans.__('Chat template'), <FactValue key="template" fact={value.chat_template} />],
          [trans.__('Languages'), <FactValue key="languages" fact={model.languages} />],
          [trans.__('Files'), formats.count(value.files)],
          [
            trans.__('First token'),
            tokens?.bos ? <UserText key="bos" inline text={tokens.bos} /> : trans.__('none is known')
          ],
          [
            trans.__('Added by the tokenizer'),
            tokens ? (tokens.add_bos ? trans.__('yes') : trans.__('no')) : trans.__('unknown')
          ]
        ]}
      />
      {gate.refusals.slice(model.refusal ? 1 : 0).map(refusal => (
        <ErrorNotice key={`${refusal.code} ${refusal.where ?? ''}`} error={refusal} />
      ))}
      {gate.notes.map(note => (
        <UserText key={note} text={note} />
      ))}
      {model.memory && <Estimate model={model.id} context={model.memory.context} />}
      <Table
        label={trans.__('Measured by finished runs')}
        empty={trans.__('No finished run has measured this model yet.')}
        rows={value.measured}
        id={measured => measured.run}
        columns={[
          { name: trans.__('Run'), cell: measured => <code>{measured.run}</code> },
          { name: trans.__('Device'), cell: measured => measured.device_name || measured.device },
          { name: trans.__('Number format'), cell: measured => measured.dtype },
          {
            name: trans.__('Memory at its peak'),
            number: true,
            cell: each => formats.bytes(each.peak_memory)
          },
          {
            name: trans.__('Memory of the model'),
            number: true,
            cell: each => formats.bytes(each.model_memory)
          },
          { name: trans.__('Time to load'), number: true, cell: each => formats.duration(each.load_seconds) }
        ]}
      />
      <CodeActions of={() => ({ action: 'load', model: model.id })} />
    </div>
  );
}

/** Memory before load, for a context and a batch of one's own. */
function Estimate({ model, context }: { model: string; context: number }): ReactElement {
  const { client, trans } = useServices();
  const name = useId();
  const [tokens, setTokens] = useState(context);
  const [batch, setBatch] = useState(1);
  const asked = useLate(`${tokens} ${batch}`);
  const memory = useFetched(`${model} ${asked}`, signal =>
    client.get('/models/{model}/estimate', { path: { model }, query: { context: tokens, batch }, signal })
  );
  const whole = (text: string): number => Math.max(1, Math.floor(Number(text)) || 1);
  return (
    <>
      <h4>{trans.__('Memory before load')}</h4>
      <div className="swb-bar">
        <span className="swb-field">
          <label htmlFor={`${name}-context`}>{trans.__('Context, tokens')}</label>
          <input
            id={`${name}-context`}
            type="number"
            min={1}
            max={16_777_216}
            value={tokens}
            onChange={event => setTokens(whole(event.target.value))}
          />
        </span>
        <span className="swb-field">
          <label htmlFor={`${name}-batch`}>{trans.__('Batch')}</label>
          <input
            id={`${name}-batch`}
            type="number"
            min={1}
            max={65_536}
            value={batch}
            onChange={event => setBatch(whole(event.target.value))}
          />
        </span>
      </div>
      <Loaded of={memory}>{value => <MemoryParts memory={value} />}</Loaded>
    </>
  );
}
