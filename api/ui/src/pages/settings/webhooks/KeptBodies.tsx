/** Bodies that came in the last week, with what did not fit; each can become the sample. */

import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { KeptBody } from "../../../api/webhooks";
import { useFormat } from "../../../format/useFormat";
import { Instant } from "../../../parts/TimeAgo";
import { useProblemLine } from "./TrialResult";

const COLORS = { taken: "green", partly: "orange", refused: "red" } as const;

interface Props {
  bodies: readonly KeptBody[];
  onUse: (body: KeptBody) => void;
  showsName?: boolean;
}

export function KeptBodies({ bodies, onUse, showsName = false }: Props) {
  const { t } = useTranslation("webhooks");
  const { instant } = useFormat();
  const problemLine = useProblemLine();
  if (!bodies.length) return <Text size="sm">{t("noBodies")}</Text>;
  return (
    <Table.ScrollContainer minWidth={320}>
      <Table verticalSpacing={6} data-testid="kept-bodies">
        <Table.Tbody>
          {bodies.map((one) => (
            <Table.Tr key={`${one.name} ${one.at_ms} ${one.text.length}`}>
              <Table.Td>
                <Stack gap={2}>
                  <Group gap="xs">
                    <Instant atMs={one.at_ms} />
                    {showsName && <Text size="sm">{one.name}</Text>}
                    <Badge color={COLORS[one.outcome]} variant="light">
                      {t(`outcome.${one.outcome}`)}
                    </Badge>
                    <Text size="xs">
                      {t("key", { name: one.sender })} {one.is_cut && t("cut")}
                    </Text>
                  </Group>
                  {one.problems.slice(0, 5).map((problem) => (
                    <Text size="xs" key={JSON.stringify(problem)}>
                      {problemLine(problem as unknown as Parameters<typeof problemLine>[0])}
                    </Text>
                  ))}
                </Stack>
              </Table.Td>
              <Table.Td ta="right">
                <Button
                  size="xs"
                  variant="default"
                  aria-label={t("useLabel", { time: instant(one.at_ms) })}
                  onClick={() => onUse(one)}
                >
                  {t("use")}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
