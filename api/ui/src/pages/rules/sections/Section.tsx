/** One titled part of the form of a rule. */

import { Paper, Stack, Title } from "@mantine/core";
import type { Dispatch, ReactNode } from "react";
import type { Change, Draft } from "../draft";

export interface SectionProps {
  draft: Draft;
  change: Dispatch<Change>;
  /** The server's words, by dotted path. */
  errors: Record<string, string>;
  disabled: boolean;
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={3} size="h5" mb="sm">
        {title}
      </Title>
      <Stack gap="sm">{children}</Stack>
    </Paper>
  );
}
