/** How this browser announces what the `web` channel tells; remembered here, the same in all its tabs. */

import { useLocalStorage } from "@mantine/hooks";

const PREFIX = "enhanced-alerts";

function useSwitch(name: string) {
  return useLocalStorage<boolean>({ key: `${PREFIX}-${name}`, defaultValue: false, getInitialValueInEffect: false });
}

export const useSound = () => useSwitch("sound");
export const useDesktop = () => useSwitch("desktop");
/** Toasts as a count alone. */
export const useQuietToasts = () => useSwitch("quiet-toasts");
