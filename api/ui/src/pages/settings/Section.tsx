/** A titled part of a settings tab. */

import { Group, Paper, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  title: string;
  text?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}

export function Section({ title, text, actions, children }: Props) {
  return (
    <Paper withBorder p="md" component="section">
      <Group justify="space-between" align="flex-start" gap="sm" mb={children ? "sm" : 0}>
        <div>
          <Title order={3} size="h5">
            {title}
          </Title>
          {text && (
            <Text size="sm" c="dimmed" maw={640}>
              {text}
            </Text>
          )}
        </div>
        {actions}
      </Group>
      {children}
    </Paper>
  );
}
