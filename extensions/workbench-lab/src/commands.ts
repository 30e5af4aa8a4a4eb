/** Commands of the panel. */
export const CommandIDs = {
  open: 'workbench:open',
  panel: 'workbench:show-panel',
  pause: 'workbench:pause-run',
  resume: 'workbench:resume-run',
  cancel: 'workbench:cancel-run'
} as const;
