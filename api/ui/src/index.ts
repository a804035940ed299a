export type { EnhancedAlertSystemProps } from "./EnhancedAlertSystem";
export { EnhancedAlertSystem, EnhancedAlertSystem as default } from "./EnhancedAlertSystem";
