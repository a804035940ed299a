/** The client of this mount of the component, and who is signed in. */

import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { Client } from "./client";
import { keys } from "./keys";
import type { Me } from "./types";

export { Client };

export const ClientContext = createContext<Client | null>(null);

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("useClient outside EnhancedAlertSystem");
  return client;
}

export function useMe() {
  const client = useClient();
  return useQuery({
    queryKey: keys.me,
    queryFn: async ({ signal }) => (await client.get("/me", { signal })) as unknown as Me,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

const RANK: readonly Me["role"][] = ["viewer", "operator", "admin"];

/** Whether the one signed in may act as *role*; false while that is not known. */
export function useMay(role: Me["role"]): boolean {
  const me = useMe().data;
  return me !== undefined && RANK.indexOf(me.role) >= RANK.indexOf(role);
}
