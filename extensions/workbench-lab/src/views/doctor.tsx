import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactElement } from 'react';

import { runTask } from '../api/tasks';
import type { DoctorResult } from '../api/types';
import { Button, Loaded, Table } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import { UserText } from './text';

type Check = DoctorResult['checks'][number];

/** What needs to be done comes first. */
const ORDER: readonly Check['state'][] = ['failed', 'warning', 'ok'];

function checkLabel(state: Check['state'], trans: TranslationBundle): string {
  switch (state) {
    case 'ok':
      return trans.__('Fine');
    case 'warning':
      return trans.__('Look at this');
    case 'failed':
      return trans.__('Does not work');
  }
}

/** This installation and this machine, checked. */
export default function Doctor(): ReactElement {
  const { client, trans, formats } = useServices();
  const found = useFetched('doctor', signal => runTask(client, '/doctor', { signal }));
  return (
    <section className="swb-view" aria-label={trans.__('Doctor')}>
      <div className="swb-head">
        <h2>{trans.__('Doctor')}</h2>
        <span className="swb-space" />
        <Button disabled={found.loading} onClick={found.refresh}>
          {trans.__('Check again')}
        </Button>
        <span role="status" className="swb-quiet">
          {found.loading && trans.__('Checking…')}
        </span>
      </div>
      <p className="swb-quiet">
        {trans.__(
          'It looks at this installation and this machine. In a terminal, `workbench doctor` says the same.'
        )}
      </p>
      <Loaded of={found}>
        {({ checks }) => {
          const wrong = checks.filter(check => check.state !== 'ok').length;
          const sorted = [...checks].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
          return (
            <>
              <p role="status">
                {wrong === 0
                  ? trans.__('Everything is fine.')
                  : trans._n(
                      '%2 check found something.',
                      '%2 checks found something.',
                      wrong,
                      formats.count(wrong)
                    )}
              </p>
              <Table
                label={trans.__('Checks')}
                rows={sorted}
                id={check => check.name}
                columns={[
                  { name: trans.__('What'), cell: check => <UserText inline text={check.name} /> },
                  {
                    name: trans.__('State'),
                    cell: check => (
                      <span className={`swb-badge swb-check-${check.state}`}>
                        {checkLabel(check.state, trans)}
                      </span>
                    )
                  },
                  { name: trans.__('Found'), cell: check => <UserText text={check.found} /> },
                  { name: trans.__('What to do'), cell: check => <UserText text={check.remedy} /> }
                ]}
              />
            </>
          );
        }}
      </Loaded>
    </section>
  );
}
