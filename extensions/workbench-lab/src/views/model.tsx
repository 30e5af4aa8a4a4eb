import { type ReactElement, useState } from 'react';

import type { ModelDetail } from '../api/types';
import { CodeActions } from './actions';
import { ErrorNotice, Facts, Loaded, Table } from './basics';
import { useServices } from './context';
import { FactValue, MemoryParts } from './facts';
import { useFetched } from './fetched';
import { NumberField } from './fields';
import { useLate } from './late';
import { UserText } from './text';
import { ServedTable } from './worker';

/** Everything that is known of a model. */
export function ModelDetails({ model }: { model: string }): ReactElement {
  const { client } = useServices();
  const detail = useFetched(model, signal => client.get('/models/{model}', { path: { model }, signal }), {
    on: hint => hint.kind !== 'run' || hint.change === 'state'
  });
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
          ],
          [
            trans.__('Ids of the tokens that end a text'),
            tokens && tokens.eos_ids.length > 0 ? tokens.eos_ids.join(', ') : trans.__('none is known')
          ]
        ]}
      />
      <Licence value={value} />
      <p>
        {gate.open
          ? trans.__('The gate found nothing against loading it.')
          : trans.__('The gate refuses to load it.')}
      </p>
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
      {model.workers.length > 0 && <Serving model={model.id} />}
      <div className="swb-bar">
        <CodeActions name={trans.__('Facts as code')} of={() => ({ action: 'model', model: model.id })} />
        {!model.refusal && model.place !== 'fake' && (
          <CodeActions name={trans.__('Loading as code')} of={() => ({ action: 'load', model: model.id })} />
        )}
      </div>
    </div>
  );
}

/** The licence that somebody accepted when the model came into the store. */
function Licence({ value }: { value: ModelDetail }): ReactElement {
  const { trans, formats } = useServices();
  const { model, licence_record: record } = value;
  if (record === null) {
    return (
      <p className="swb-quiet">
        {model.place === 'store'
          ? trans.__('No licence was recorded when it came into the store.')
          : trans.__('It does not lie in the store, so no licence was recorded.')}
      </p>
    );
  }
  return (
    <details>
      <summary>
        <UserText inline text={record.id} /> {trans.__('was accepted on %1', formats.moment(record.accepted))}
      </summary>
      <UserText text={record.text} />
    </details>
  );
}

/** The workers that serve a model now, with what they took. */
function Serving({ model }: { model: string }): ReactElement {
  const { client, trans } = useServices();
  const workers = useFetched('workers', signal => client.get('/workers', { signal }), {
    every: 10,
    on: hint => hint.kind === 'worker'
  });
  return (
    <>
      <h4>{trans.__('Served now')}</h4>
      <Loaded of={workers}>
        {({ workers: all }) => (
          <ServedTable workers={all.filter(worker => worker.model === model)} onStopped={workers.refresh} />
        )}
      </Loaded>
    </>
  );
}

/** Memory before load, for a context and a batch of one's own. */
function Estimate({ model, context }: { model: string; context: number }): ReactElement {
  const { client, trans } = useServices();
  const [tokens, setTokens] = useState(context);
  const [batch, setBatch] = useState(1);
  const asked = useLate(`${tokens} ${batch}`);
  const memory = useFetched(`${model} ${asked}`, signal =>
    client.get('/models/{model}/estimate', { path: { model }, query: { context: tokens, batch }, signal })
  );
  return (
    <>
      <h4>{trans.__('Memory before load')}</h4>
      <div className="swb-bar">
        <NumberField
          label={trans.__('Context, tokens')}
          value={tokens}
          least={1}
          most={16_777_216}
          onChange={value => setTokens(value ?? context)}
        />
        <NumberField
          label={trans.__('Batch')}
          value={batch}
          least={1}
          most={65_536}
          onChange={value => setBatch(value ?? 1)}
        />
      </div>
      <Loaded of={memory}>{value => <MemoryParts memory={value} />}</Loaded>
    </>
  );
}
