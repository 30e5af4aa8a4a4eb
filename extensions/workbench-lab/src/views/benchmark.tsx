import { type ReactElement, useState } from 'react';

import { runTask } from '../api/tasks';
import type { Pack, PackDetail, ValidationResult } from '../api/types';
import { CodeActions } from './actions';
import { Button, Facts, Loaded, Select, Table } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import { severityLabel } from './labels';
import { PromptView } from './prompt';
import { UserText } from './text';

const ITEMS = 3;

/** A benchmark's card, items with their prompt, and its check. */
export function PackDetails({ pack }: { pack: Pack }): ReactElement {
  const { client, trans, formats } = useServices();
  const detail = useFetched(pack.id, signal =>
    client.get('/packs/{pack}', {
      path: { pack: pack.id },
      query: { names: formats.language },
      signal
    })
  );
  return (
    <div className="swb-card-more">
      <UserText text={pack.description} />
      <Loaded of={detail}>
        {value => (
          <>
            <Card value={value} />
            {value.languages.length > 0 && <Preview value={value} />}
            <Validation pack={pack.id} />
          </>
        )}
      </Loaded>
      <CodeActions name={trans.__('Benchmark as code')} of={() => ({ action: 'pack', pack: pack.id })} />
    </div>
  );
}

function Card({ value }: { value: PackDetail }): ReactElement {
  const { trans } = useServices();
  const { pack } = value;
  const text = (words: string): ReactElement | string =>
    words ? <UserText inline text={words} /> : '\u2013';
  return (
    <>
      <Facts
        entries={[
          [trans.__('Version'), text(pack.version)],
          [trans.__('Formulations'), pack.formulations.join(', ')],
          [trans.__('Metrics'), pack.metrics.join(', ')],
          [trans.__('Wordings'), text(value.wordings.join(', '))],
          [trans.__('Reviewed by a person'), pack.reviewed ? trans.__('yes') : trans.__('no')],
          [trans.__('Source'), text(value.source)],
          [trans.__('Citation'), text(value.citation)],
          [trans.__('Published'), text(value.published)],
          [trans.__('May lie in'), text(value.residency)],
          [trans.__('Transfer'), text(value.transfer)],
          [trans.__('Sensitivity'), text(value.sensitivity)],
          [trans.__('Canary'), text(value.canary)],
          [trans.__('Where'), text(value.path)]
        ]}
      />
      {value.notes.map(note => (
        <UserText key={note} text={note} />
      ))}
    </>
  );
}

/** Items as a run would ask them; with a model, to the token. */
function Preview({ value }: { value: PackDetail }): ReactElement {
  const { client, trans, formats } = useServices();
  const { pack, languages } = value;
  const [language, setLanguage] = useState(languages[0]?.tag ?? '');
  const [model, setModel] = useState('');
  const [shots, setShots] = useState('0');
  const [offset, setOffset] = useState(0);
  const [wanted, setWanted] = useState(false);
  const models = useFetched('models', signal => client.get('/models', { signal }));
  const preview = useFetched(
    wanted ? JSON.stringify([pack.id, language, model, shots, offset]) : null,
    signal =>
      runTask(client, '/packs/{pack}/preview', {
        path: { pack: pack.id },
        body: { language, offset, limit: ITEMS, shots: Number(shots), ...(model !== '' && { model }) },
        signal
      })
  );
  const usable = models.value?.models.filter(each => !each.refusal && each.place !== 'fake') ?? [];
  return (
    <section aria-label={trans.__('Preview of %1', pack.name)}>
      <h4>{trans.__('Preview')}</h4>
      <div className="swb-bar">
        <Select
          label={trans.__('Language')}
          value={language}
          onChange={tag => {
            setLanguage(tag);
            setOffset(0);
          }}
          options={languages.map(each => ({
            value: each.tag,
            label: trans.__('%1 (%2)', each.name, each.tag)
          }))}
        />
        <Select
          label={trans.__('Shots')}
          value={shots}
          onChange={setShots}
          options={['0', '1', '3', '5'].map(each => ({ value: each, label: formats.count(Number(each)) }))}
        />
        <Select
          label={trans.__('Tokens of model')}
          value={model}
          onChange={setModel}
          options={[
            { value: '', label: trans.__('none; text alone') },
            ...usable.map(each => ({ value: each.id, label: each.name }))
          ]}
        />
        {!wanted && <Button onClick={() => setWanted(true)}>{trans.__('Show items')}</Button>}
        {model !== '' && (
          <CodeActions
            name={trans.__('Preview as code')}
            of={() => ({ action: 'preview', pack: pack.id, model, language, shots: Number(shots) })}
          />
        )}
      </div>
      {wanted && (
        <Loaded of={preview}>
          {({ items, total }) => (
            <>
              {items.map(item => (
                <PromptView key={item.item_id} of={item} />
              ))}
              <div className="swb-bar">
                <Button disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - ITEMS))}>
                  {trans.__('Previous items')}
                </Button>
                <span className="swb-quiet" role="status">
                  {trans.__(
                    '%1 to %2 of %3',
                    formats.count(Math.min(total, offset + 1)),
                    formats.count(offset + items.length),
                    formats.count(total)
                  )}
                </span>
                <Button disabled={offset + items.length >= total} onClick={() => setOffset(offset + ITEMS)}>
                  {trans.__('Next items')}
                </Button>
              </div>
            </>
          )}
        </Loaded>
      )}
    </section>
  );
}

/** Every problem of the benchmark's files at once. */
function Validation({ pack }: { pack: string }): ReactElement {
  const { client, trans } = useServices();
  const [wanted, setWanted] = useState(false);
  const found = useFetched(wanted ? pack : null, signal =>
    runTask(client, '/packs/{pack}/validate', { path: { pack }, signal })
  );
  return (
    <section aria-label={trans.__('Check')}>
      <h4>{trans.__('Check')}</h4>
      {wanted ? (
        <Loaded of={found}>{value => <Findings value={value} />}</Loaded>
      ) : (
        <Button onClick={() => setWanted(true)}>{trans.__('Check the files')}</Button>
      )}
      <CodeActions name={trans.__('Check as code')} of={() => ({ action: 'validate', pack })} />
    </section>
  );
}

function Findings({ value }: { value: ValidationResult }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <>
      <p>
        {value.ok ? trans.__('There are no errors.') : trans.__('There are errors; a run would refuse it.')}
      </p>
      <Table
        label={trans.__('Findings')}
        empty={trans.__('Nothing was found.')}
        rows={value.findings.map((finding, index) => ({ ...finding, index }))}
        id={({ index }) => String(index)}
        columns={[
          { name: trans.__('What'), cell: finding => <UserText text={finding.message} /> },
          { name: trans.__('How bad'), cell: finding => severityLabel(finding.severity, trans) },
          { name: trans.__('File'), cell: finding => <UserText inline text={finding.file} /> },
          { name: trans.__('Line'), number: true, cell: finding => formats.count(finding.line) },
          { name: trans.__('Item'), cell: finding => <UserText inline text={finding.item} /> },
          { name: trans.__('What to do'), cell: finding => <UserText text={finding.remedy} /> }
        ]}
      />
      <Table
        label={trans.__('Items of each language')}
        rows={value.counts}
        id={count => `${count.language}/${count.split}`}
        columns={[
          { name: trans.__('Language'), cell: count => count.language },
          { name: trans.__('Split'), cell: count => count.split },
          { name: trans.__('Items'), number: true, cell: count => formats.count(count.items) },
          { name: trans.__('Dropped'), number: true, cell: count => formats.count(count.dropped) }
        ]}
      />
    </>
  );
}
