/** Where alerts go that name no channels, at `/routes`: the tree, a tester, and earlier versions. */

import { Button, Stack } from "@mantine/core";
import { IconRoute } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/context";
import { type RoutesVersion, useRouteVersions } from "../../api/routing";
import { EmptyState } from "../../parts/EmptyState";
import { Loaded } from "../../parts/Loaded";
import { PageHeader } from "../../parts/PageHeader";
import { EMPTY } from "./draft";
import { Editor } from "./Editor";
import { Versions } from "./Versions";

const Imports = lazy(() => import("./imports/Imports").then((m) => ({ default: m.Imports })));

export function RoutesPage() {
  // Also the words that the forms below need, so that opening one does not wait.
  const { t } = useTranslation(["routes", "rules", "fields"]);
  const versions = useRouteVersions();
  const mayImport = useMay("admin");
  return (
    <>
      <PageHeader title={t("title")} text={t("text")} />
      <Loaded query={versions}>
        {(all) => (
          <Stack>
            {all[0] && <Routes inForce={all[0]} />}
            {all[0] && all[0].version > 0 && <Versions versions={all} />}
            {mayImport && (
              <Suspense fallback={null}>
                <Imports />
              </Suspense>
            )}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

/** What another person saves meanwhile does not replace what is being edited: `begun` stays until the editor lets go. */
function Routes({ inForce }: { inForce: RoutesVersion }) {
  const { t } = useTranslation("routes");
  const mayChange = useMay("admin");
  const [begun, begin] = useState(inForce);
  const [isNew, makeNew] = useState(false);
  if (!begun.tree && inForce.tree && !isNew) begin(inForce);
  if (!begun.tree && !isNew) {
    return (
      <EmptyState icon={<IconRoute size={48} stroke={1.2} />} title={t("empty")} text={t("emptyHint")}>
        {mayChange && <Button onClick={() => makeNew(true)}>{t("create")}</Button>}
      </EmptyState>
    );
  }
  return (
    <Editor
      key={begun.version}
      begun={begun}
      initial={begun.tree ?? EMPTY}
      inForce={inForce}
      onBegin={(version) => {
        makeNew(false);
        begin(version);
      }}
    />
  );
}
