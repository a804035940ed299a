/** The page of one rule: new, a copy, or stored. */

import { Anchor, Group } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "wouter";
import type { Versioned } from "../../api/client";
import { type Rule, useConditions, useRule } from "../../api/rules";
import { Loaded } from "../../parts/Loaded";
import { type FormProps, RuleForm } from "./RuleForm";

export function RuleEditor({ id }: { id: string | null }) {
  const [search] = useSearchParams();
  const from = id === null ? search.get("from") : id;
  return (
    <>
      <Anchor component={Link} href="/rules" size="sm" mb="xs" display="inline-block">
        <BackWords />
      </Anchor>
      {from === null ? <WithKinds id={null} read={null} isCopy={false} /> : <Stored from={from} isCopy={id === null} />}
    </>
  );
}

function BackWords() {
  const { t } = useTranslation("rules");
  return (
    <Group gap={4}>
      <IconArrowLeft size={16} /> {t("title")}
    </Group>
  );
}

function Stored({ from, isCopy }: { from: string; isCopy: boolean }) {
  const rule = useRule(from);
  return (
    <Loaded query={rule}>
      {(read) => (
        <WithKinds
          key={read.etag}
          id={isCopy ? null : from}
          read={read as Versioned<Rule>}
          isCopy={isCopy}
          onReload={() => void rule.refetch()}
        />
      )}
    </Loaded>
  );
}

function WithKinds(props: FormProps) {
  const kinds = useConditions();
  return <Loaded query={kinds}>{(data) => <RuleForm {...props} kinds={data} />}</Loaded>;
}
