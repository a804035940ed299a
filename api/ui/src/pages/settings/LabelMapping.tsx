/** Which labels of other systems' series name the plugin, and which metrics are kept: changed, tried and undone. */

import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Mapping, type MappingVersion, type Relabeling, useMappingChanges, useMappings } from "../../api/mapping";
import { asProblem } from "../../api/problem";
import { FailedState } from "../../parts/FailedState";
import { Loaded } from "../../parts/Loaded";
import { notifyDone, useNotifyFailed } from "../../parts/notify";
import { useProblemText } from "../../parts/useProblemText";
import { MappingTrial } from "./MappingTrial";
import { RelabelingFields } from "./RelabelingFields";
import { Section } from "./Section";
import { VersionTable } from "./VersionTable";

export function LabelMapping() {
  const { t } = useTranslation("settings");
  const mappings = useMappings();
  return (
    <Stack>
      <Section title={t("section.mapping")} text={t("mapping.text")}>
        <Loaded query={mappings}>
          {([inForce]) => inForce && <MappingForm key={inForce.version} inForce={inForce} />}
        </Loaded>
      </Section>
      {mappings.data && mappings.data.length > 1 && <Versions versions={mappings.data} />}
    </Stack>
  );
}

function MappingForm({ inForce }: { inForce: MappingVersion }) {
  const { t } = useTranslation("settings");
  const problemText = useProblemText();
  const { save, tryIt } = useMappingChanges();
  const [mapping, setMapping] = useState<Mapping>(inForce.mapping);
  const [source, setSource] = useState("");
  const refused = save.error ?? tryIt.error;
  const errors = refused ? problemText.fields(refused) : {};
  const change = (next: Mapping) => {
    setMapping(next);
    tryIt.reset();
    save.reset();
  };
  const changeSource = (name: string, relabeling: Relabeling | null) => {
    const { [name]: _, ...others } = mapping.sources;
    change({ ...mapping, sources: relabeling ? { ...mapping.sources, [name]: relabeling } : others });
  };
  const isSame = JSON.stringify(mapping) === JSON.stringify(inForce.mapping);
  const name = source.trim();
  return (
    <Stack>
      <RelabelingFields
        legend={t("mapping.default")}
        path="default"
        value={mapping.default}
        errors={errors}
        onChange={(relabeling) => change({ ...mapping, default: relabeling })}
      />
      {Object.entries(mapping.sources).map(([name, relabeling]) => (
        <RelabelingFields
          key={name}
          legend={t("mapping.source", { name })}
          path={`sources.${name}`}
          value={relabeling}
          errors={errors}
          onChange={(changed) => changeSource(name, changed)}
          onRemove={() => changeSource(name, null)}
        />
      ))}
      <Group align="flex-end">
        <TextInput
          label={t("mapping.newSource")}
          description={t("mapping.newSourceHint")}
          maxLength={64}
          value={source}
          onChange={(event) => setSource(event.currentTarget.value)}
        />
        <Button
          variant="default"
          disabled={!name || name in mapping.sources}
          onClick={() => {
            changeSource(name, mapping.default);
            setSource("");
          }}
        >
          {t("mapping.addSource")}
        </Button>
      </Group>
      {refused && (!asProblem(refused).errors.length || errors.body) && <FailedState error={refused} />}
      {tryIt.data && <MappingTrial trial={tryIt.data} />}
      <Group justify="flex-end">
        <Button variant="default" loading={tryIt.isPending} onClick={() => tryIt.mutate(mapping)}>
          {t("mapping.try")}
        </Button>
        <Button
          disabled={isSame}
          loading={save.isPending}
          onClick={() =>
            save.mutate({ mapping, version: inForce.version }, { onSuccess: () => notifyDone(t("mapping.saved")) })
          }
        >
          {t("mapping.save")}
        </Button>
      </Group>
      <Alert color="gray" variant="light">
        {t("mapping.renames")}
      </Alert>
    </Stack>
  );
}

function Versions({ versions }: { versions: readonly MappingVersion[] }) {
  const { t } = useTranslation("settings");
  const notifyFailed = useNotifyFailed();
  const { restore } = useMappingChanges();
  return (
    <VersionTable
      versions={versions}
      testId="mapping-versions"
      pending={restore.isPending ? restore.variables.version : null}
      onRestore={(version, inForce) =>
        restore.mutate({ version, inForce }, { onSuccess: () => notifyDone(t("mapping.saved")), onError: notifyFailed })
      }
    />
  );
}
