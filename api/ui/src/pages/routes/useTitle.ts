/** What a route is called: its name, else what it takes. */

import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Route } from "../../api/routing";
import type { Place } from "./draft";

export function useTitle(): (route: Pick<Route, "name" | "matchers">, at: Place) => string {
  const { t } = useTranslation("routes");
  return useCallback(
    (route, at) =>
      route.name ||
      (at.length === 0
        ? t("root")
        : route.matchers?.length
          ? route.matchers.join(", ")
          : t("unnamed", { number: at.map((n) => n + 1).join(".") })),
    [t],
  );
}
