import { type ComponentType, type ReactElement } from 'react';

import type { View } from '../model/address';
import Benchmarks from './benchmarks';
import Compare from './compare';
import { useDocument } from './context';
import Doctor from './doctor';
import Models from './models';
import NewRun from './new-run';
import Report from './report';
import Results from './results';
import Runs from './runs';
import Settings from './settings';
import Studio from './studio';
import Try from './try';

const VIEWS: Readonly<Record<View, ComponentType>> = {
  models: Models,
  try: Try,
  benchmarks: Benchmarks,
  'new-run': NewRun,
  runs: Runs,
  results: Results,
  compare: Compare,
  report: Report,
  studio: Studio,
  doctor: Doctor,
  settings: Settings
};

/** The view of a document. */
export default function DocumentView(): ReactElement {
  const { address } = useDocument();
  const Shown = VIEWS[address.view];
  return <Shown />;
}
