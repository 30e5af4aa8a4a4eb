import type { TranslationBundle } from '@jupyterlab/translation';
import { type ReactElement, useId, useState } from 'react';

import { type ApiError, asApiError } from '../api/errors';
import { runTask } from '../api/tasks';
import type { Report, ReportFormat, ReportRequest, Server } from '../api/types';
import { visibleText } from '../model/visible';
import { CodeActions, attempt } from './actions';
import { Button, ErrorNotice, Loaded, Select, Table } from './basics';
import { isString, isStrings, useDocument, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { PickRuns } from './pick-runs';
import { UserText } from './text';

const FORMATS: readonly ReportFormat[] = ['html', 'md', 'json', 'csv', 'parquet'];
const MOST = 50;

/** Reports of finished runs: choose, write, look, save. */
export default function ReportView(): ReactElement {
  const { client, trans } = useServices();
  const server = useFetched('server', async signal => {
    const [about, settings] = await Promise.all([
      client.get('/server', { signal }),
      client.get('/settings', { signal })
    ]);
    return { about, language: settings.report_language };
  });
  const reports = useFetched('reports', signal => client.get('/reports', { signal }));
  const [shown, setShown] = useKept('shown', '', isString);
  const report = reports.value?.reports.find(each => each.id === shown);
  return (
    <section className="swb-view" aria-label={trans.__('Report')}>
      <Loaded of={server}>
        {value => (
          <ReportForm
            server={value.about}
            usual={value.language}
            onWritten={written => {
              setShown(written.id);
              reports.refresh();
            }}
          />
        )}
      </Loaded>
      {report && <Preview report={report} />}
      <h3>{trans.__('Reports written here')}</h3>
      <Loaded of={reports}>
        {({ reports: all }) => <Written reports={all} onShow={setShown} onChange={reports.refresh} />}
      </Loaded>
    </section>
  );
}

function ReportForm({
  server,
  usual,
  onWritten
}: {
  server: Server;
  /** The language that the settings name. */
  usual: string;
  onWritten: (report: Report) => void;
}): ReactElement {
  const { client, trans } = useServices();
  const { address } = useDocument();
  const title = useId();
  const [runs, setRuns] = useKept<string[]>('picked', [...address.runs], isStrings);
  const [format, setFormat] = useKept('format', 'html', isString);
  const known = server.report_languages.map(each => each.tag);
  const first = known.includes(usual) ? usual : (known[0] ?? 'en');
  const [language, setLanguage] = useKept('language', first, isString);
  const [words, setWords] = useKept('title', '', isString);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const wanted: ReportRequest = {
    runs,
    format: FORMATS.find(each => each === format) ?? 'html',
    language,
    ...(words !== '' && { title: words })
  };
  const write = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      onWritten(await runTask(client, '/reports', { body: wanted }));
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };
  return (
    <>
      <PickRuns legend={trans.__('Runs of the report')} picked={runs} most={MOST} onPick={setRuns} />
      <div className="swb-bar">
        <Select
          label={trans.__('Format')}
          value={wanted.format}
          onChange={setFormat}
          options={server.formats.map(each => ({ value: each, label: each.toUpperCase() }))}
        />
        <Select
          label={trans.__('Language of the report')}
          value={language}
          onChange={setLanguage}
          options={server.report_languages.map(each => ({
            value: each.tag,
            label: each.native_name ?? each.name
          }))}
        />
        <span className="swb-field">
          <label htmlFor={title}>{trans.__('Title')}</label>
          <input
            id={title}
            type="text"
            dir="auto"
            maxLength={300}
            value={words}
            onChange={event => setWords(event.target.value)}
          />
        </span>
        <Button kind="primary" disabled={busy || runs.length === 0} onClick={() => void write()}>
          {trans.__('Write the report')}
        </Button>
        {runs.length > 0 && <CodeActions of={() => ({ action: 'report', report: wanted })} />}
        <span role="status" className="swb-quiet">
          {busy && trans.__('Writing…')}
        </span>
      </div>
      {error && <ErrorNotice error={error} />}
    </>
  );
}

/** A report in a frame in which no script runs; other formats are only saved. */
function Preview({ report }: { report: Report }): ReactElement {
  const { client, trans } = useServices();
  const path = { report: report.id };
  return (
    <section aria-label={trans.__('Preview')} className="swb-part">
      <p>
        <a
          className="swb-button swb-primary"
          href={client.url('/reports/{report}/content', { path })}
          download
        >
          {trans.__('Download')}
        </a>
      </p>
      {report.format === 'html' ? (
        <iframe
          className="swb-frame"
          sandbox=""
          title={trans.__('Report %1', visibleText(titleOf(report, trans)))}
          src={client.url('/reports/{report}/content', { path, query: { inline: true } })}
        />
      ) : (
        <p className="swb-quiet">{trans.__('This format has no preview.')}</p>
      )}
    </section>
  );
}

/** A report's title; one without is named after its models. */
function titleOf(report: Report, trans: TranslationBundle): string {
  return report.title || trans.__('Report on %1', report.models.join(', '));
}

interface IWrittenProps {
  readonly reports: readonly Report[];
  readonly onShow: (id: string) => void;
  readonly onChange: () => void;
}

function Written({ reports, onShow, onChange }: IWrittenProps): ReactElement {
  const services = useServices();
  const { client, trans, formats } = services;
  const remove = (report: Report): Promise<void> =>
    attempt(services, async () => {
      const answer = await services.ask({
        title: trans.__('Delete this report?'),
        body: trans.__('The file is removed. Its runs stay, and it can be written again.'),
        answers: [
          { value: 'keep', label: trans.__('Keep it') },
          { value: 'delete', label: trans.__('Delete'), danger: true }
        ]
      });
      if (answer === 'delete') {
        await client.delete('/reports/{report}', { path: { report: report.id } });
        onChange();
      }
    });
  return (
    <Table
      label={trans.__('Reports written here')}
      empty={trans.__('None.')}
      rows={reports}
      id={report => report.id}
      columns={[
        {
          name: trans.__('Title'),
          cell: report => (
            <Button kind="link" onClick={() => onShow(report.id)}>
              <UserText inline text={titleOf(report, trans)} />
            </Button>
          )
        },
        { name: trans.__('Format'), cell: report => report.format.toUpperCase() },
        { name: trans.__('Language'), cell: report => report.language },
        { name: trans.__('Models'), cell: report => <UserText inline text={report.models.join(', ')} /> },
        { name: trans.__('Size'), number: true, cell: report => formats.bytes(report.bytes) },
        { name: trans.__('Written'), cell: report => formats.moment(report.written) },
        {
          name: trans.__('Actions'),
          cell: report => <Button onClick={() => void remove(report)}>{trans.__('Delete…')}</Button>
        }
      ]}
    />
  );
}
