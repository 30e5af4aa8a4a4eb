import { type IJupyterLabPageFixture, test as galataTest, galata } from '@jupyterlab/galata';
import { type APIRequestContext, type Locator, type Page, expect } from '@playwright/test';

export { expect } from '@playwright/test';

export const TOKEN = process.env.TARGET_TOKEN ?? '';
/** Runs that `run.py` writes: two that are comparable, and one whose texts mean harm. */
export const FIRST = '20260301-093000-aaaaaa';
export const SECOND = '20260301-103000-bbbbbb';
export const HOSTILE = '20260301-113000-cccccc';
const THEMES = '@jupyterlab/apputils-extension:themes';
const TRANSLATION = '@jupyterlab/translation-extension:plugin';

/** Wait until the page has opened again what it had open; no tab's name is waited for, so that it holds in every language. */
async function restored(page: Pick<Page, 'waitForFunction' | 'evaluate'>): Promise<void> {
  await page.waitForFunction('window.jupyterapp !== undefined');
  await page.evaluate('window.jupyterapp.restored.then(() => undefined)');
}

export const THEME = {
  light: 'JupyterLab Light',
  dark: 'JupyterLab Dark',
  contrast: 'JupyterLab Dark High Contrast'
} as const;

/** JupyterLab's settings of one test: a theme, and a language of the interface. */
export function look(theme: keyof typeof THEME, locale = 'en'): Record<string, Record<string, unknown>> {
  const usual = galata.DEFAULT_SETTINGS as Record<string, Record<string, unknown>>;
  return {
    ...usual,
    [THEMES]: { ...usual[THEMES], theme: THEME[theme], 'adaptive-theme': false },
    [TRANSLATION]: { locale }
  };
}

interface IOpen {
  readonly runs?: readonly string[];
  readonly model?: string;
  readonly state?: Record<string, unknown>;
}

/** JupyterLab with our panel, in a workspace of the test's own. */
export class Lab {
  constructor(
    readonly page: IJupyterLabPageFixture,
    readonly request: APIRequestContext,
    private readonly _workspace: string
  ) {}

  async start(): Promise<void> {
    await this.page.goto(`workspaces/${this._workspace}?token=${TOKEN}`);
  }

  /** Load the page again, as a person does who knows nothing of it: after what is shown was kept. */
  async reload(): Promise<void> {
    await this.saved();
    await this.page.reload();
  }

  /** Wait until the workspace on the server has what is open now, and has not changed for as long as it takes to save. */
  async saved(): Promise<void> {
    let before = '';
    await expect
      .poll(
        async () => {
          const found = await this.request.get(`lab/api/workspaces/${this._workspace}`);
          const { data } = (await found.json()) as { data: unknown };
          const now = JSON.stringify(data);
          const same = now === before;
          before = now;
          return same;
        },
        { intervals: [1200] }
      )
      .toBe(true);
  }

  /** Open a document by the panel's command, and wait until it shows more than that it loads. */
  async open(view: string, { runs = [], model, state = {} }: IOpen = {}): Promise<Locator> {
    await this.page.evaluate(
      args => (window as unknown as IExposed).jupyterapp.commands.execute('workbench:open', args),
      { view, runs: [...runs], ...(model !== undefined && { model }), state } as Record<string, unknown>
    );
    const shown = this.document([view, ...runs, ...(model === undefined ? [] : [model])]);
    await ready(shown);
    return shown;
  }

  /** The document of an address, without JupyterLab's own toolbar over it. */
  document(address: readonly string[]): Locator {
    return this.page.locator(`#sovereign-workbench-${address.join('-')} .swb-document`);
  }

  /** The panel in the side bar. */
  async panel(): Promise<Locator> {
    await this.page.evaluate(() =>
      (window as unknown as IExposed).jupyterapp.commands.execute('workbench:show-panel')
    );
    const shown = this.page.locator('#sovereign-workbench-panel');
    await ready(shown);
    return shown;
  }

  /** Ask a route of ours. */
  async get<T>(path: string): Promise<T> {
    const answer = await this.request.get(`workbench/api/v1${path}`);
    expect(answer.status(), path).toBe(200);
    return (await answer.json()) as T;
  }

  /** Tell a route of ours something that it answers at once. */
  async post<T>(path: string, body: unknown): Promise<T> {
    const answer = await this.request.post(`workbench/api/v1${path}`, { data: body });
    expect(answer.status(), path).toBe(200);
    return (await answer.json()) as T;
  }

  /** Id of a model, by its name. */
  async model(name: string): Promise<string> {
    const { models } = await this.get<{ models: { id: string; name: string }[] }>('/models');
    return named(models, name);
  }

  /** Id of a benchmark, by its name. */
  async pack(name: string): Promise<string> {
    const { packs } = await this.get<{ packs: { id: string; name: string }[] }>('/packs');
    return named(packs, name);
  }

  /** A fresh notebook, ready to run. */
  async notebook(): Promise<void> {
    await this.page.evaluate(async () => {
      const { commands } = (window as unknown as IExposed).jupyterapp;
      await commands.execute('notebook:create-new', { kernelName: 'python3' });
    });
    await this.page.locator('.jp-Notebook .jp-Cell').first().waitFor();
  }
}

interface IExposed {
  readonly jupyterapp: {
    readonly restored: Promise<unknown>;
    readonly commands: { execute(id: string, args?: Record<string, unknown>): Promise<unknown> };
  };
}

const HEADERS = { Authorization: `token ${TOKEN}` };

function named(all: readonly { id: string; name: string }[], name: string): string {
  const found = all.find(each => each.name === name);
  expect(found, `${name} among ${all.map(each => each.name).join(', ')}`).toBeDefined();
  return found?.id ?? '';
}

/** Wait until a view shows what it asked for; whatever waits ends with an ellipsis, in every language. */
export async function ready(shown: Locator): Promise<void> {
  await shown.locator('button, input, select, h2, td').first().waitFor();
  await expect
    .poll(async () =>
      shown.evaluate(node =>
        [...node.querySelectorAll('p.swb-quiet, [role=gridcell].swb-quiet, [role=status]')]
          .map(each => each.textContent ?? '')
          .filter(text => text.endsWith('\u2026'))
      )
    )
    .toEqual([]);
}

/** Views as the tests look at them: enough of each open for all of its parts to be there. */
export async function everyView(lab: Lab): Promise<readonly (readonly [string, () => Promise<Locator>])[]> {
  const pack = await lab.pack('civics');
  const fake = await lab.model('fake-a');
  const { items } = await lab.get<{ items: { key: string }[] }>(`/runs/${FIRST}/items?language=ar&limit=1`);
  const item = items[0]?.key ?? '';
  const { draft } = await lab.post<{ draft: { id: string } }>('/studio', { pack, language: 'th' });
  return [
    ['models', () => lab.open('models', { state: { model: fake } })],
    ['try', () => lab.open('try')],
    ['try-model', () => lab.open('try', { model: fake })],
    ['benchmarks', () => lab.open('benchmarks', { state: { pack } })],
    ['new-run', () => lab.open('new-run', { state: { model: fake, packs: [pack], languages: ['th'] } })],
    ['runs', () => lab.open('runs', { state: { ticked: [FIRST, SECOND] } })],
    ['results-scores', () => lab.open('results', { runs: [FIRST] })],
    ['results-items', () => lab.open('results', { runs: [FIRST], state: { tab: 'items' } })],
    ['results-item', () => lab.open('results', { runs: [FIRST], state: { tab: 'items', item } })],
    ['results-slices', () => lab.open('results', { runs: [FIRST], state: { tab: 'slices' } })],
    ['results-about', () => lab.open('results', { runs: [FIRST], state: { tab: 'about' } })],
    ['compare', () => lab.open('compare', { runs: [FIRST, SECOND] })],
    ['report', () => lab.open('report', { runs: [FIRST] })],
    ['studio', () => lab.open('studio', { state: { draft: '', studioPack: pack } })],
    ['studio-draft', () => lab.open('studio', { state: { draft: draft.id } })],
    ['doctor', () => lab.open('doctor')],
    ['settings', () => lab.open('settings')],
    ['panel', () => lab.panel()]
  ];
}

interface IFixtures {
  readonly lab: Lab;
}

let count = 0;

/** Galata's page on our server, with its real settings and workspaces, opened by the `lab` fixture. */
export const test = galataTest.extend<IFixtures>({
  autoGoto: false,
  mockState: false,
  mockSettings: look('light'),
  // Tests ask the server with its token; the page has a cookie, and the protection that goes with it.
  request: async ({ playwright, baseURL }, use) => {
    const context = await playwright.request.newContext({ baseURL, extraHTTPHeaders: HEADERS });
    await use(context);
    await context.dispose();
  },
  waitForApplication: async ({ baseURL: _ }, use) => {
    await use(async (page: Page) => restored(page));
  },
  lab: async ({ page, request }, use) => {
    count += 1;
    const lab = new Lab(page, request, `ui-${process.pid}-${count}`);
    const broken: string[] = [];
    page.on('pageerror', error => broken.push(error.stack ?? error.message));
    await lab.start();
    await use(lab);
    expect(broken, 'no script of the page fails').toEqual([]);
  }
});
