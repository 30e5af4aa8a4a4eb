import { defineConfig } from '@playwright/test';

/** `run.py` starts the server and says where it is; these tests start nothing. */
export default defineConfig({
  testDir: 'tests',
  outputDir: 'results',
  // One server, one machine: what one test starts, another would have to wait for.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  projects: [
    { name: 'fast', testIgnore: /story/ },
    { name: 'story', testMatch: /story/, timeout: 420_000 }
  ],
  use: {
    baseURL: process.env.TARGET_URL,
    viewport: { width: 1400, height: 900 },
    actionTimeout: 15_000,
    navigationTimeout: 45_000,
    video: 'off',
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM,
      // Root in a container may not use the sandbox; the pages are our own, on loopback.
      args: ['--no-sandbox', '--disable-gpu']
    }
  }
});
