import { type ReactElement, useState } from 'react';

import type { Answer, AskRequest } from '../api/types';
import { CodeActions } from './actions';
import { Waiting, useAsk } from './asking';
import { Button, ErrorNotice, Table } from './basics';
import { isString, useKept, useServices } from './context';
import { TextArea } from './fields';
import type { IAsking } from './talk';
import { UserText } from './text';
import { SentTokens } from './tokens';

const MOST = 200_000;
const CONTINUATIONS = 64;

interface IScored {
  readonly context: string;
  readonly of: Answer;
}

/** How likely the model finds each continuation of a text. */
export function ScoreText(asking: IAsking): ReactElement {
  const { trans } = useServices();
  const [context, setContext] = useKept('context', '', isString);
  const [lines, setLines] = useKept('continuations', '', isString);
  const [scored, setScored] = useState<IScored | null>(null);
  const { since, error, ask } = useAsk(asking);
  // A space at the beginning of a line belongs to the continuation: it decides how it is cut into tokens.
  const continuations = [...new Set(lines.split('\n'))].filter(line => line !== '').slice(0, CONTINUATIONS);
  const question: AskRequest = { context, continuations };
  const send = async (): Promise<void> => {
    const found = continuations.length === 0 ? null : await ask(question);
    if (found !== null) {
      setScored({ context, of: found });
    }
  };
  return (
    <div className="swb-talk">
      <TextArea label={trans.__('Context')} value={context} most={MOST} onChange={setContext} />
      <TextArea
        label={trans.__('Continuations, one a line, with the space they begin with; Ctrl+Enter sends them')}
        value={lines}
        most={MOST}
        onChange={setLines}
        onSend={() => void send()}
      />
      <div className="swb-bar">
        <Button
          kind="primary"
          disabled={since !== null || continuations.length === 0}
          onClick={() => void send()}
        >
          {trans.__('Score')}
        </Button>
        {continuations.length > 0 && (
          <CodeActions of={() => ({ action: 'ask', worker: asking.worker.id, question })} />
        )}
        <Waiting since={since} />
      </div>
      {error && <ErrorNotice error={error} />}
      {scored && <Scored scored={scored} model={asking.fake ? null : asking.model} />}
    </div>
  );
}

function Scored({ scored, model }: { scored: IScored; model: string | null }): ReactElement {
  const { trans, formats } = useServices();
  const rows = scored.of.continuations;
  return (
    <>
      <Table
        label={trans.__('Log-likelihoods of the continuations')}
        rows={rows}
        id={row => row.text}
        columns={[
          { name: trans.__('Continuation'), cell: row => <UserText text={row.text} /> },
          {
            name: trans.__('Log-likelihood'),
            number: true,
            cell: row => formats.logLikelihood(row.log_likelihood)
          },
          { name: trans.__('Tokens'), number: true, cell: row => formats.count(row.tokens) },
          {
            name: trans.__('Per token'),
            number: true,
            cell: row =>
              formats.logLikelihood(
                row.log_likelihood !== null && row.tokens > 0 ? row.log_likelihood / row.tokens : null
              )
          },
          {
            name: trans.__('What the model itself would write'),
            cell: row => (row.greedy ? trans.__('yes') : trans.__('no'))
          }
        ]}
      />
      {model !== null &&
        rows.map((row, index) => (
          <SentTokens
            key={row.text}
            model={model}
            request={{ text: `${scored.context}${row.text}` }}
            name={trans.__('Tokens of the context with continuation %1', formats.count(index + 1))}
          />
        ))}
    </>
  );
}
