import type { JSONObject } from '@lumino/coreutils';
import { type ReactElement, useState } from 'react';

import type { AskRequest, Message } from '../api/types';
import { type ITurn, kept, turnsOf } from '../model/turns';
import { CodeActions } from './actions';
import { Waiting, useAsk, useSampling } from './asking';
import { Button, ErrorNotice } from './basics';
import { isString, useDocument, useKept, useServices } from './context';
import { TextArea } from './fields';
import type { IAsking } from './talk';
import { UserText } from './text';
import { SentTokens } from './tokens';

const TOKENS = 256;
const MOST = 200_000;

/** A conversation through the model's own chat template. */
export function Chat(asking: IAsking): ReactElement {
  const { trans } = useServices();
  const { recall, remember } = useDocument();
  const [turns, setTurns] = useState<readonly ITurn[]>(() => turnsOf(recall().turns));
  const [cut, setCut] = useState(() => recall().turnsCut === true);
  const [system, setSystem] = useKept('system', '', isString);
  const [words, setWords] = useKept('words', '', isString);
  const [sampling, fields] = useSampling('chat', TOKENS);
  const { since, error, ask } = useAsk(asking);
  const change = (next: readonly ITurn[]): void => {
    setTurns(next);
    const short = kept(next);
    remember({
      turns: short.map(turn => ({ ...turn }) satisfies JSONObject),
      turnsCut: cut || short.length < next.length
    });
  };
  const messages = (upTo: readonly ITurn[], next = ''): Message[] => [
    ...(system.trim() === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...upTo.map(({ role, content }) => ({ role, content })),
    ...(next.trim() === '' ? [] : [{ role: 'user' as const, content: next }])
  ];
  const question = (): AskRequest => ({ messages: messages(turns, words), ...sampling });
  const send = async (): Promise<void> => {
    if (words.trim() === '' || since !== null) {
      return;
    }
    const answer = await ask(question());
    if (answer !== null) {
      change([
        ...turns,
        { role: 'user', content: words },
        { role: 'assistant', content: answer.text ?? '', seconds: answer.seconds }
      ]);
      setWords('');
    }
  };
  return (
    <div className="swb-talk">
      {cut && (
        <p className="swb-warning">
          {trans.__(
            'The beginning of this conversation was too long to be kept; the model no longer reads it.'
          )}
        </p>
      )}
      <ol className="swb-turns" role="log" aria-label={trans.__('Conversation')}>
        {turns.map((turn, index) => (
          <li key={index} className={`swb-turn swb-turn-${turn.role}`}>
            <Turn turn={turn} />
            {turn.role === 'user' && !asking.fake && (
              <SentTokens
                model={asking.model}
                request={{ messages: messages(turns.slice(0, index + 1)) }}
                name={trans.__('Tokens that were sent')}
              />
            )}
          </li>
        ))}
      </ol>
      <TextArea
        label={trans.__('Instruction to the model (system)')}
        rows={1}
        value={system}
        most={MOST}
        onChange={setSystem}
      />
      <TextArea
        label={trans.__('Your message; Ctrl+Enter sends it')}
        value={words}
        most={MOST}
        onChange={setWords}
        onSend={() => void send()}
      />
      {fields}
      <div className="swb-bar">
        <Button kind="primary" disabled={since !== null || words.trim() === ''} onClick={() => void send()}>
          {trans.__('Send')}
        </Button>
        <Button
          disabled={since !== null || turns.length === 0}
          onClick={() => {
            change([]);
            setCut(false);
            remember({ turnsCut: false });
          }}
        >
          {trans.__('Begin anew')}
        </Button>
        {messages(turns, words).length > 0 && (
          <CodeActions of={() => ({ action: 'ask', worker: asking.worker.id, question: question() })} />
        )}
        <Waiting since={since} />
      </div>
      {error && <ErrorNotice error={error} />}
      {words.trim() !== '' && !asking.fake && (
        <SentTokens
          model={asking.model}
          request={{ messages: messages(turns, words) }}
          name={trans.__('Tokens that would be sent')}
        />
      )}
    </div>
  );
}

function Turn({ turn }: { turn: ITurn }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <>
      <p className="swb-quiet">
        {turn.role === 'user'
          ? trans.__('You')
          : turn.seconds === undefined
            ? trans.__('The model')
            : trans.__('The model, in %1', formats.duration(turn.seconds))}
      </p>
      {turn.content === '' ? (
        <p className="swb-quiet">{trans.__('(an empty answer)')}</p>
      ) : (
        <UserText text={turn.content} />
      )}
    </>
  );
}
