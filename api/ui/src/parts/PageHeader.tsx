/** A page's title, a sentence about it, and what can be done on it. Sets the tab's title. */

import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  text?: ReactNode;
  /** Buttons, at the end of the line. */
  actions?: ReactNode;
  /** Before the tab's title, e.g. a count. */
  tab?: string;
}

export function PageHeader({ title, text, actions, tab }: Props) {
  useEffect(() => {
    document.title = `${tab ? `${tab} ` : ""}${title} — Enhanced Alerts`;
  }, [title, tab]);
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb="md">
      <Stack gap={2}>
        <Title order={2} size="h3">
          {title}
        </Title>
        {text && (
          <Text size="sm" c="dimmed">
            {text}
          </Text>
        )}
      </Stack>
      {actions && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
