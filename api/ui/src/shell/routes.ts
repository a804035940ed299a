/** The pages: where they are, what they are called, what loads them. The board is in the first load, the rest is not. */

import {
  IconActivityHeartbeat,
  IconBellRinging,
  IconBellZ,
  IconChartHistogram,
  IconListCheck,
  IconPlug,
  IconRoute,
  IconSearch,
  IconSend,
  IconSettings,
  IconTrendingUp,
} from "@tabler/icons-react";
import { type ComponentType, lazy } from "react";
import { BoardPage } from "../pages/board/BoardPage";

export interface Page {
  /** Word of the navigation, and of the page's title. */
  name:
    | "board"
    | "search"
    | "rules"
    | "channels"
    | "routes"
    | "silences"
    | "statistics"
    | "trends"
    | "plugins"
    | "system"
    | "settings";
  path: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  component: ComponentType;
  /** It has addresses below its own, and sorts them itself. */
  below?: boolean;
  /** Second key of its `g …` shortcut. */
  key: string;
}

const SearchPage = lazy(() => import("../pages/search/SearchPage").then((m) => ({ default: m.SearchPage })));
const RulesPage = lazy(() => import("../pages/rules/RulesPage").then((m) => ({ default: m.RulesPage })));
const ChannelsPage = lazy(() => import("../pages/channels/ChannelsPage").then((m) => ({ default: m.ChannelsPage })));
const RoutesPage = lazy(() => import("../pages/routes/RoutesPage").then((m) => ({ default: m.RoutesPage })));
const SilencesPage = lazy(() => import("../pages/silences/SilencesPage").then((m) => ({ default: m.SilencesPage })));
const StatisticsPage = lazy(() =>
  import("../pages/statistics/StatisticsPage").then((m) => ({ default: m.StatisticsPage })),
);
const TrendsPage = lazy(() => import("../pages/trends/TrendsPage").then((m) => ({ default: m.TrendsPage })));
const PluginsPage = lazy(() => import("../pages/plugins/PluginsPage").then((m) => ({ default: m.PluginsPage })));
const SystemPage = lazy(() => import("../pages/system/SystemPage").then((m) => ({ default: m.SystemPage })));
const SettingsPage = lazy(() => import("../pages/settings/SettingsPage").then((m) => ({ default: m.SettingsPage })));

export const AlertPage = lazy(() => import("../pages/alert/AlertPage").then((m) => ({ default: m.AlertPage })));

export const PAGES: readonly Page[] = [
  { name: "board", path: "/", icon: IconBellRinging, component: BoardPage, key: "b" },
  { name: "search", path: "/search", icon: IconSearch, component: SearchPage, key: "f" },
  { name: "rules", path: "/rules", icon: IconListCheck, component: RulesPage, below: true, key: "r" },
  { name: "channels", path: "/channels", icon: IconSend, component: ChannelsPage, below: true, key: "c" },
  { name: "routes", path: "/routes", icon: IconRoute, component: RoutesPage, key: "o" },
  { name: "silences", path: "/silences", icon: IconBellZ, component: SilencesPage, below: true, key: "s" },
  { name: "statistics", path: "/statistics", icon: IconChartHistogram, component: StatisticsPage, key: "t" },
  { name: "trends", path: "/trends", icon: IconTrendingUp, component: TrendsPage, key: "n" },
  { name: "plugins", path: "/plugins", icon: IconPlug, component: PluginsPage, key: "p" },
  { name: "system", path: "/system", icon: IconActivityHeartbeat, component: SystemPage, key: "y" },
  { name: "settings", path: "/settings", icon: IconSettings, component: SettingsPage, key: "e" },
];
