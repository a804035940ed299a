/** Header, navigation and the page between them. */

import { AppShell, Burger, Center, Group, Loader, NavLink, Text, Title, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHelp } from "@tabler/icons-react";
import { Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, Route, Switch, useLocation } from "wouter";
import { usePush } from "../api/push";
import { EmptyState } from "../parts/EmptyState";
import { StaleNotice } from "../parts/StaleNotice";
import { ConnectionBadge } from "./ConnectionBadge";
import { ErrorBoundary } from "./ErrorBoundary";
import { HelpDialog } from "./HelpDialog";
import { LanguageMenu, SchemeMenu, UserMenu } from "./Menus";
import { AlertPage, PAGES } from "./routes";
import classes from "./Shell.module.css";
import { useShortcuts } from "./shortcuts";
import { Toasts } from "./Toasts";

export function Shell({ isEmbedded }: { isEmbedded: boolean }) {
  const { t, i18n } = useTranslation();
  const [location, navigate] = useLocation();
  const [isNavOpen, nav] = useDisclosure(false);
  const [isHelpOpen, help] = useDisclosure(false);
  const main = useRef<HTMLElement>(null);
  usePush();

  useShortcuts([
    { keys: "?", label: t("help.open"), run: help.open },
    ...PAGES.map((page) => ({
      keys: `g ${page.key}`,
      label: t("help.goTo", { page: t(`nav.${page.name}`) }),
      run: () => navigate(page.path),
    })),
  ]);

  useEffect(() => {
    if (!isEmbedded) document.documentElement.lang = i18n.language;
  }, [i18n.language, isEmbedded]);

  // A new page begins at its top, with the menu out of the way.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the location is what it waits for.
  useEffect(() => {
    nav.close();
    if (!isEmbedded) window.scrollTo(0, 0);
  }, [location]);

  return (
    <AppShell
      mode={isEmbedded ? "static" : "fixed"}
      header={{ height: 56 }}
      navbar={{ width: 216, breakpoint: "md", collapsed: { mobile: !isNavOpen } }}
      padding={{ base: "sm", sm: "md", lg: "lg" }}
      lang={i18n.language}
      className={classes.root}
    >
      <UnstyledButton className={classes.skip} onClick={() => main.current?.focus()}>
        {t("skip")}
      </UnstyledButton>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px="sm" gap="xs" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap" className={classes.brand}>
            <Burger
              opened={isNavOpen}
              onClick={nav.toggle}
              hiddenFrom="md"
              size="sm"
              aria-label={t("nav.label")}
              aria-expanded={isNavOpen}
            />
            <Title order={1} size="h4" className={classes.title}>
              Enhanced Alerts
            </Title>
          </Group>
          <Group gap={4} wrap="nowrap">
            <ConnectionBadge />
            <UnstyledButton className={classes.help} onClick={help.open} aria-label={t("help.title")} visibleFrom="sm">
              <IconHelp size={20} />
            </UnstyledButton>
            <LanguageMenu />
            <SchemeMenu />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label={t("nav.label")}>
        {PAGES.map((page) => {
          const isHere =
            page.path === "/" ? location === "/" || location.startsWith("/alerts") : location.startsWith(page.path);
          return (
            <NavLink
              key={page.name}
              component={Link}
              href={page.path}
              active={isHere}
              aria-current={isHere ? "page" : undefined}
              leftSection={<page.icon size={20} stroke={1.6} />}
              label={<Text size="sm">{t(`nav.${page.name}`)}</Text>}
              className={classes.link}
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main ref={main} tabIndex={-1} className={classes.main}>
        <StaleNotice />
        <ErrorBoundary resetKey={location}>
          <Suspense
            fallback={
              <Center h={240}>
                <Loader aria-label={t("state.loading")} />
              </Center>
            }
          >
            <Switch>
              {PAGES.map((page) => (
                <Route key={page.name} path={page.below ? `${page.path}/*?` : page.path} component={page.component} />
              ))}
              <Route path="/alerts/:id">{({ id }) => <AlertPage id={id} />}</Route>
              <Route>
                <EmptyState title={t("state.noPage")} text={t("state.noPageHint")} />
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </AppShell.Main>
      <Toasts />
      <HelpDialog opened={isHelpOpen} onClose={help.close} />
    </AppShell>
  );
}
