import { type ReactElement, useId, useState } from 'react';

import { runTask } from '../api/tasks';
import type { ItemDetail } from '../api/types';
import { attempt } from './actions';
import { Button, ErrorNotice, Facts, Loaded, Table } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import { extractionLabel, verdictLabel } from './labels';
import { PromptView } from './prompt';
import { UserText } from './text';

interface IItemProps {
  readonly run: string;
  readonly item: string;
  readonly onClose: () => void;
  readonly onNoted: () => void;
}

/** One item of a run: what was asked, what was answered, and how that was judged. */
export function ItemView({ run, item, onClose, onNoted }: IItemProps): ReactElement {
  const { client, trans } = useServices();
  const path = { run, item };
  const detail = useFetched(`${run} ${item}`, signal =>
    client.get('/runs/{run}/items/{item}', { path, signal })
  );
  return (
    <aside className="swb-detail" aria-label={trans.__('Item')}>
      <div className="swb-head">
        <h3>{detail.value ? <UserText inline text={detail.value.item.item_id} /> : trans.__('Item')}</h3>
        <span className="swb-space" />
        <Button onClick={onClose}>{trans.__('Close')}</Button>
      </div>
      <Loaded of={detail}>
        {value => (
          <>
            <ItemBody value={value} />
            <NoteForm run={run} value={value} onNoted={onNoted} />
            <ExactPrompt run={run} item={item} />
          </>
        )}
      </Loaded>
    </aside>
  );
}

/** An item's texts, choices and verdict; also shown by dry runs. */
export function ItemBody({ value }: { value: ItemDetail }): ReactElement {
  const { trans, formats } = useServices();
  const { item } = value;
  const texts = { direction: item.direction, language: item.language };
  return (
    <>
      <p>
        <span className={`swb-badge swb-verdict-${item.verdict}`}>{verdictLabel(item.verdict, trans)}</span>{' '}
        <span className="swb-quiet">{trans.__('by the rule %1', value.rule)}</span>
      </p>
      {item.error && (
        <ErrorNotice error={{ code: item.error, message: item.error, where: null, remedy: '' }} />
      )}
      <h4>{trans.__('Question')}</h4>
      <UserText text={value.query} {...texts} />
      {value.choices.length > 0 && <Choices value={value} />}
      {value.response !== '' && (
        <>
          <h4>{trans.__('Response of the model')}</h4>
          <UserText text={value.response} />
          <h4>{trans.__('Answer taken from it')}</h4>
          {value.answer ? (
            <UserText text={value.answer} />
          ) : (
            <p className="swb-bad">{trans.__('None was found.')}</p>
          )}
        </>
      )}
      {value.references.length > 0 && (
        <>
          <h4>{trans.__('References')}</h4>
          {value.references.map((reference, index) => (
            <UserText key={index} text={reference} {...texts} />
          ))}
        </>
      )}
      {value.cut.length > 0 && (
        <p className="swb-quiet">{trans.__('Cut at 64 KiB: %1', value.cut.join(', '))}</p>
      )}
      <Facts
        entries={[
          [trans.__('Benchmark'), <UserText key="pack" inline text={item.pack} />],
          [trans.__('Language'), item.language],
          [trans.__('Formulation'), value.formulation],
          [trans.__('Tokens before the answer'), formats.count(item.tokens)],
          ...Object.entries(value.scores).map(([name, score]) => [name, formats.score(score)] as const),
          ...(item.extraction
            ? [[trans.__('How the answer was found'), extractionLabel(item.extraction, trans)] as const]
            : []),
          ...(value.finish ? [[trans.__('Why it ended'), value.finish] as const] : []),
          ...(item.truncated > 0
            ? [[trans.__('Tokens cut off'), formats.count(item.truncated)] as const]
            : []),
          ...(item.domain
            ? [[trans.__('Domain'), <UserText key="d" inline text={item.domain} />] as const]
            : []),
          ...(item.culture
            ? [[trans.__('Culture'), <UserText key="c" inline text={item.culture} />] as const]
            : []),
          ...(item.group ? [[trans.__('Group'), <UserText key="g" inline text={item.group} />] as const] : [])
        ]}
      />
    </>
  );
}

function Choices({ value }: { value: ItemDetail }): ReactElement {
  const { trans, formats } = useServices();
  const { item } = value;
  const marks = (choice: ItemDetail['choices'][number]): string => {
    if (choice.gold && choice.chosen) {
      return trans.__('Right answer, chosen');
    }
    return choice.gold ? trans.__('Right answer') : choice.chosen ? trans.__('Chosen') : '';
  };
  return (
    <>
      <h4>{trans.__('Choices')}</h4>
      <Table
        label={trans.__('Choices')}
        rows={value.choices.map((choice, index) => ({ choice, index }))}
        id={({ index }) => String(index)}
        columns={[
          {
            name: trans.__('Choice'),
            cell: ({ choice }) => (
              <UserText text={choice.text} direction={item.direction} language={item.language} />
            )
          },
          {
            name: trans.__('Verdict'),
            cell: ({ choice }) => (
              <span className={choice.gold ? 'swb-good' : choice.chosen ? 'swb-bad' : ''}>
                {marks(choice)}
              </span>
            )
          },
          {
            name: trans.__('Log-likelihood'),
            number: true,
            cell: ({ choice }) => formats.logLikelihood(choice.log_likelihood)
          },
          { name: trans.__('Tokens'), number: true, cell: ({ choice }) => formats.count(choice.tokens) },
          {
            name: trans.__('Per token'),
            number: true,
            cell: ({ choice }) =>
              formats.logLikelihood(
                choice.log_likelihood !== null && choice.tokens ? choice.log_likelihood / choice.tokens : null
              )
          }
        ]}
      />
    </>
  );
}

/** Tags and a note of the reader's own. */
function NoteForm({
  run,
  value,
  onNoted
}: {
  run: string;
  value: ItemDetail;
  onNoted: () => void;
}): ReactElement {
  const services = useServices();
  const { client, trans } = services;
  const [tags, setTags] = useState(value.note.tags.join(', '));
  const [note, setNote] = useState(value.note.note);
  const name = useId();
  const save = (): Promise<void> =>
    attempt(services, async () => {
      const list = [...new Set(tags.split(/[,\u060c\u3001]/).map(tag => tag.trim()))].filter(
        tag => tag !== ''
      );
      await client.put('/runs/{run}/items/{item}/note', {
        path: { run, item: value.item.key },
        body: { tags: list, note }
      });
      services.notify(trans.__('The note is saved.'), 'info');
      onNoted();
    });
  return (
    <form
      className="swb-form"
      onSubmit={event => {
        event.preventDefault();
        void save();
      }}
    >
      <h4>{trans.__('Tags and note')}</h4>
      <label htmlFor={`${name}-tags`}>{trans.__('Tags, with commas between them')}</label>
      <input id={`${name}-tags`} dir="auto" value={tags} onChange={event => setTags(event.target.value)} />
      <label htmlFor={`${name}-note`}>{trans.__('Note')}</label>
      <textarea
        id={`${name}-note`}
        dir="auto"
        rows={3}
        maxLength={10_000}
        value={note}
        onChange={event => setNote(event.target.value)}
      />
      <button type="submit" className="swb-button">
        {trans.__('Save')}
      </button>
    </form>
  );
}

/** The exact prompt, made again on request: it takes a moment. */
function ExactPrompt({ run, item }: { run: string; item: string }): ReactElement {
  const { client, trans } = useServices();
  const [wanted, setWanted] = useState(false);
  const prompt = useFetched(wanted ? `${run} ${item}` : null, signal =>
    runTask(client, '/runs/{run}/items/{item}/prompt', { path: { run, item }, signal })
  );
  return wanted ? (
    <>
      <h4>{trans.__('Exact prompt')}</h4>
      <Loaded of={prompt}>{({ items }) => <>{items[0] && <PromptView of={items[0]} />}</>}</Loaded>
    </>
  ) : (
    <p>
      <Button onClick={() => setWanted(true)}>{trans.__('Show the exact prompt')}</Button>
    </p>
  );
}
