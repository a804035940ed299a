/** JSON webhooks: the mappings there are, a new one, bodies for addresses without one, and the versions. */

import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type KeptBody,
  useKeptBodies,
  useWebhookChanges,
  useWebhooks,
  type WebhooksVersion,
} from "../../../api/webhooks";
import { Loaded } from "../../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../../parts/notify";
import { Section } from "../Section";
import { VersionTable } from "../VersionTable";
import { KeptBodies } from "./KeptBodies";
import { WebhookForm } from "./WebhookForm";

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

interface Edited {
  name: string;
  first: string;
  /** What was in force when editing began: a change by another person meanwhile is noticed. */
  inForce: WebhooksVersion;
}

export function Webhooks() {
  const { t } = useTranslation("webhooks");
  const webhooks = useWebhooks();
  const bodies = useKeptBodies();
  const notifyFailed = useNotifyFailed();
  const { restore } = useWebhookChanges();
  const [edited, setEdited] = useState<Edited | null>(null);
  const [name, setName] = useState("");
  const kept = bodies.data ?? [];
  const edit = (of: string, inForce: WebhooksVersion, body?: KeptBody) =>
    setEdited({ name: of, inForce, first: body?.text ?? kept.find((one) => one.name === of)?.text ?? "" });
  return (
    <Loaded query={webhooks}>
      {({ inForce, versions }) => {
        const names = Object.keys(inForce.mappings.webhooks);
        const unmapped = kept.filter((one) => !names.includes(one.name));
        const isBad = name !== "" && !NAME.test(name);
        return (
          <Stack>
            <Section title={t("new")} text={t("text")}>
              <Stack>
                {names.length === 0 && <Text size="sm">{t("none")}</Text>}
                <Group>
                  {names.map((one) => (
                    <Button key={one} variant="default" onClick={() => edit(one, inForce)}>
                      {t("edit", { name: one })}
                    </Button>
                  ))}
                </Group>
                <Group align="flex-start">
                  <TextInput
                    label={t("new")}
                    description={t("newHint")}
                    value={name}
                    error={isBad && t("badName")}
                    onChange={(event) => setName(event.currentTarget.value)}
                  />
                  <Button
                    mt={44}
                    variant="default"
                    disabled={!name || isBad || names.includes(name)}
                    onClick={() => {
                      edit(name, inForce);
                      setName("");
                    }}
                  >
                    {t("create")}
                  </Button>
                </Group>
              </Stack>
            </Section>
            {edited && (
              <WebhookForm
                key={`${edited.name} ${edited.inForce.version} ${edited.first.length}`}
                name={edited.name}
                inForce={edited.inForce}
                first={edited.first}
                bodies={kept.filter((one) => one.name === edited.name)}
                onClose={() => setEdited(null)}
              />
            )}
            <Loaded query={bodies}>
              {() =>
                unmapped.length > 0 && (
                  <Section title={t("unmapped")} text={t("bodiesHint")}>
                    <KeptBodies bodies={unmapped} showsName onUse={(body) => edit(body.name, inForce, body)} />
                  </Section>
                )
              }
            </Loaded>
            <VersionTable
              versions={versions}
              testId="webhook-versions"
              pending={restore.isPending ? restore.variables.version : null}
              onRestore={(version, current) =>
                restore.mutate(
                  { version, inForce: current },
                  { onSuccess: () => notifyDone(t("saved")), onError: notifyFailed },
                )
              }
            />
          </Stack>
        );
      }}
    </Loaded>
  );
}
