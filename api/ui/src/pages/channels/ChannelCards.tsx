/** All channels: whether they are set up, how they fare, and what they gave up. */

import {
  Anchor,
  Badge,
  Button,
  Card,
  Group,
  Modal,
  Paper,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleOff,
  IconClockPause,
  IconPlus,
  IconSettings,
} from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { type Channel, type Health, useChannels, useHealth, useKinds } from "../../api/channels";
import { useMay } from "../../api/context";
import { useFormat } from "../../format/useFormat";
import { FailedState } from "../../parts/FailedState";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { useFieldWords } from "../../parts/schema-form/words";
import classes from "./ChannelCards.module.css";
import { DeadLetters } from "./DeadLetters";
import { moodOf, nameProblem } from "./kinds";
import { TestButton } from "./TestButton";

const MOODS = {
  well: { color: "green", icon: IconCircleCheck },
  unused: { color: "gray", icon: IconCircleDashed },
  failing: { color: "red", icon: IconAlertTriangle },
  paused: { color: "orange", icon: IconClockPause },
  off: { color: "gray", icon: IconCircleOff },
  unset: { color: "gray", icon: IconCircleDashed },
} as const;

export function ChannelCards() {
  const { t } = useTranslation("channels");
  const channels = useChannels();
  const health = useHealth();
  const isAdmin = useMay("admin");
  const [isAdding, adding] = useDisclosure(false);
  return (
    <>
      <PageHeader
        title={t("title")}
        text={t("text")}
        actions={
          isAdmin && (
            <Button leftSection={<IconPlus size={16} />} onClick={adding.open}>
              {t("add")}
            </Button>
          )
        }
      />
      <Stack gap="xl">
        {health.isError && <FailedState error={health.error} onRetry={() => void health.refetch()} />}
        <Loaded query={channels}>
          {(data) => {
            const all = Object.entries(data);
            const set = all.filter(([, channel]) => channel.configured);
            const unset = all.filter(([, channel]) => !channel.configured);
            return (
              <>
                <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="md" data-testid="channels">
                  {set.map(([name, channel]) => (
                    <ChannelCard key={name} name={name} channel={channel} health={health.data?.[name]} />
                  ))}
                </SimpleGrid>
                {unset.length > 0 && (
                  <section aria-label={t("unsetTitle")}>
                    <Title order={3} size="h5" mb="xs">
                      {t("unsetTitle")}
                    </Title>
                    <Paper withBorder>
                      {unset.map(([name, channel]) => (
                        <UnsetRow key={name} name={name} kind={channel.kind} />
                      ))}
                    </Paper>
                  </section>
                )}
                <DeadLetters />
                <AddDialog opened={isAdding} onClose={adding.close} names={Object.keys(data)} />
              </>
            );
          }}
        </Loaded>
      </Stack>
    </>
  );
}

function ChannelCard({ name, channel, health }: { name: string; channel: Channel; health: Health | undefined }) {
  const { t } = useTranslation("channels");
  const words = useFieldWords();
  const isAdmin = useMay("admin");
  const mayTest = useMay("operator");
  const mood = moodOf(channel, health);
  const { color, icon: Icon } = MOODS[mood];
  return (
    <Card withBorder padding="md" className={classes.card} data-channel={name} data-mood={mood}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        <div>
          <Anchor component={Link} href={`/channels/${name}`} fw={600} c="inherit">
            {name}
          </Anchor>
          <Text size="sm" c="dimmed">
            {[words.kind("channel", channel.kind), t(`source.${channel.source ?? "none"}`)].join(" · ")}
          </Text>
        </div>
        <Badge color={color} variant="light" tt="none" leftSection={<Icon size={12} />} className={classes.mood}>
          {t(`mood.${mood}`)}
        </Badge>
      </Group>
      {channel.pause && (
        <Text size="sm" mt="xs" data-testid="pause">
          {t("pausedWhy", { reason: channel.pause })}
        </Text>
      )}
      {channel.failures > 0 && !channel.pause && (
        <Text size="sm" mt="xs">
          {t("failures", { count: channel.failures })}
        </Text>
      )}
      <Numbers health={health} />
      <Group gap="xs" mt="auto" pt="sm">
        {isAdmin && (
          <Button
            component={Link}
            href={`/channels/${name}`}
            size="xs"
            variant="default"
            leftSection={<IconSettings size={14} />}
            aria-label={t("setUpLabel", { name })}
          >
            {t("setUp")}
          </Button>
        )}
        {mayTest && <TestButton name={name} />}
      </Group>
    </Card>
  );
}

function Numbers({ health }: { health: Health | undefined }) {
  const { t } = useTranslation("channels");
  const format = useFormat();
  const attempts = health ? health.sent + health.failed + health.dead : 0;
  const rate =
    health?.success_rate === null || health?.success_rate === undefined ? "–" : format.percent(health.success_rate, 3);
  const numbers = [
    { label: t("number.rate"), value: rate, hint: t("number.rateHint", { count: attempts }) },
    {
      label: t("number.p95"),
      value: health?.p95_ms === null || health?.p95_ms === undefined ? "–" : format.duration(health.p95_ms),
    },
    { label: t("number.queued"), value: health ? format.number(health.queued) : "–" },
    { label: t("number.dead"), value: health ? format.number(health.dead_letters) : "–" },
  ];
  return (
    <dl className={classes.numbers}>
      {numbers.map((one) => (
        <div key={one.label} title={one.hint}>
          <dt>{one.label}</dt>
          <dd>{one.value}</dd>
        </div>
      ))}
    </dl>
  );
}

function UnsetRow({ name, kind }: { name: string; kind: string }) {
  const { t } = useTranslation("channels");
  const words = useFieldWords();
  const kinds = useKinds();
  const isAdmin = useMay("admin");
  return (
    <Group className={classes.unset} justify="space-between" wrap="nowrap" gap="sm">
      <div>
        <Text fw={600} size="sm">
          {name === kind ? words.kind("channel", kind) : name}
        </Text>
        <Text size="sm" c="dimmed">
          {words.kindHelp("channel", kind, kinds.data?.[kind]?.description)}
        </Text>
      </div>
      {isAdmin && (
        <Button
          component={Link}
          href={`/channels/${name}`}
          size="xs"
          variant="default"
          className={classes.action}
          aria-label={t("setUpLabel", { name })}
        >
          {t("setUp")}
        </Button>
      )}
    </Group>
  );
}

function AddDialog({ opened, onClose, names }: { opened: boolean; onClose: () => void; names: readonly string[] }) {
  const { t } = useTranslation("channels");
  return (
    <Modal opened={opened} onClose={onClose} title={t("add")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <AddForm names={names} />
    </Modal>
  );
}

function AddForm({ names }: { names: readonly string[] }) {
  const { t } = useTranslation(["channels", "fields"]);
  const words = useFieldWords();
  const kinds = useKinds();
  const [, navigate] = useLocation();
  const [kind, setKind] = useState<string | null>(null);
  const [rest, setRest] = useState("");
  const [isAsked, setAsked] = useState(false);
  const problem = nameProblem(kind ?? "", rest, names);
  const go = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (kind && !problem) navigate(`/channels/${kind}-${rest}`);
  };
  return (
    <form onSubmit={go} noValidate>
      <Stack>
        <Text size="sm">{t("addHint")}</Text>
        <Select
          label={t("fields:kind")}
          required
          data={Object.keys(kinds.data ?? {}).map((one) => ({ value: one, label: words.kind("channel", one) }))}
          value={kind}
          onChange={setKind}
          allowDeselect={false}
          error={isAsked && !kind ? t("chooseKind") : undefined}
        />
        <TextInput
          label={t("name")}
          description={t("nameHint", { name: `${kind ?? "slack"}-${rest || "ops"}` })}
          required
          value={rest}
          onChange={(event) => setRest(event.target.value)}
          error={(isAsked || rest) && problem ? t(`nameProblem.${problem}`) : undefined}
          {...(kind ? { leftSection: <Text size="sm">{kind}-</Text>, leftSectionWidth: kind.length * 8 + 28 } : {})}
        />
        <Group justify="flex-end">
          <Button type="submit">{t("next")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
