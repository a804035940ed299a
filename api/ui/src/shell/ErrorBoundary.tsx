/** A page that breaks says so, and leaves the rest standing. */

import { Component, type ErrorInfo, type ReactNode } from "react";
import { FailedState } from "../parts/FailedState";

interface Props {
  /** Another value mends it: the page changed. */
  resetKey: string;
  children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { error: unknown; resetKey: string }> {
  override state = { error: null as unknown, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { resetKey: string }) {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    // biome-ignore lint/suspicious/noConsole: the one place where a bug of ours is told to whoever looks for it.
    console.error(error, info.componentStack);
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <FailedState error={this.state.error} onRetry={() => this.setState({ error: null })} />;
  }
}
