import { Download } from 'lucide-react';
import { queryText } from '../../data/paths.ts';
import { ButtonLink } from '../../design/Button.tsx';

export interface ExportLinkProps {
  readonly queue: string;
  readonly group: string;
}

/** Saves the whole group as a file, a job a line. The browser streams it to the disk. */
export function ExportLink({ queue, group }: ExportLinkProps) {
  return (
    <ButtonLink
      icon={Download}
      href={`/api/export/dead-letters${queryText({ queue, group })}`}
      download={`dead-letters-${queue}-${group}.ndjson`}
    >
      Export
    </ButtonLink>
  );
}
