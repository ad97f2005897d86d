import { OverviewPage } from '../features/overview/OverviewPage.tsx';

export default function Page() {
  return <OverviewPage />;
}
