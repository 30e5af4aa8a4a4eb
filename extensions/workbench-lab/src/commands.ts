/** Commands of the panel. */
export const CommandIDs = {
  open: 'workbench:open',
  panel: 'workbench:show-panel'
} as const;
