import { OVERVIEW_PATH } from '../data/paths.ts';
import { OverviewPage } from '../features/overview/OverviewPage.tsx';
import { readEarly } from '../server/read-early.ts';

export default function Page() {
  readEarly(OVERVIEW_PATH);
  return <OverviewPage />;
}
