/** Who did something: a name, and what bears it unless that is a person who signed in. */

import { useTranslation } from "react-i18next";

const KINDS = ["key", "link", "token", "shell", "system"] as const;

/** Return a function from a name and its principal (`key:3f9a`) to words: an API key may be called as a user is. */
export function useWho(): (name: string, principal?: string) => string {
  const { t } = useTranslation("common");
  return (name, principal = "") => {
    const [kind, id] = principal.split(":", 2);
    const known = KINDS.find((one) => one === kind);
    if (!known) return name;
    const what = t(`principal.${known}`);
    return known === "key" && id ? `${name} (${what} ${id})` : `${name} (${what})`;
  };
}
