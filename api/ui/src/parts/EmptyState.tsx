/** Nothing here, and what to do next. */

import { Center, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  icon?: ReactNode;
  title: string;
  text?: ReactNode;
  /** A button or a command. */
  children?: ReactNode;
}

export function EmptyState({ icon, title, text, children }: Props) {
  return (
    <Center py={64} data-testid="empty">
      <Stack align="center" gap="xs" maw={520} ta="center">
        {icon}
        <Title order={3} size="h4">
          {title}
        </Title>
        {text && <Text c="dimmed">{text}</Text>}
        {children}
      </Stack>
    </Center>
  );
}
