import { type Client, type PathsOf, type Request, TASK_WAIT, finished } from './client';
import type { components, paths } from './contract';

type Schemas = components['schemas'];

/** What the task that a route starts ends with: `x-result` of the contract, which a test compares with this. */
export const TASK_RESULTS = {
  '/doctor': 'DoctorResult',
  '/models/{model}/tokens': 'Tokens',
  '/packs/{pack}/preview': 'PreviewResult',
  '/packs/{pack}/validate': 'ValidationResult',
  '/plans': 'Plan',
  '/trials': 'Trial',
  '/runs': 'Started',
  '/runs/{run}/items/{item}/prompt': 'PreviewResult',
  '/comparisons': 'Comparison',
  '/reports': 'Report',
  '/studio/{draft}/probe': 'Probe',
  '/studio/{draft}/save': 'SavedVersion'
} as const satisfies Partial<Record<PathsOf<'post'>, keyof Schemas>>;

export type TaskPath = keyof typeof TASK_RESULTS;
export type TaskResult<P extends TaskPath> = Schemas[(typeof TASK_RESULTS)[P]];

/** Start a task and wait for its result. */
export function runTask<P extends TaskPath>(
  client: Client,
  path: P,
  request: Request<paths[P]['post']>
): Promise<TaskResult<P>> {
  const asked = { ...request, query: { wait: TASK_WAIT } };
  const started = client.post(path, asked);
  return finished<TaskResult<P>>(client, started, request.signal);
}
