from django.urls import path

from accounts import (
    account_views,
    confirmation,
    people_api,
    second_factor_views,
    second_step_views,
    session_views,
    token_api,
    user_api,
    views,
)

urlpatterns = [
    # API
    path("login", token_api.LoginView.as_view(), name="api-login"),
    path("login/refresh", token_api.RefreshView.as_view(), name="api-refresh"),
    path("logout", token_api.LogoutView.as_view(), name="api-logout"),
    path("users", people_api.UsersView.as_view(), name="users"),
    path("users/me", user_api.MeView.as_view(), name="me"),
    path("users/<int:pk>", user_api.UserView.as_view(), name="user"),
    path("user", people_api.UserAliasView.as_view()),
    path("user/me", user_api.UserAliasMeView.as_view()),
    path("user/<int:pk>", user_api.UserAliasDetailView.as_view()),
    # Pages
    path("accounts", account_views.AccountView.as_view(), name="account"),
    path("accounts/profile", account_views.ProfileView.as_view(), name="account-profile"),
    path("accounts/email", account_views.EmailView.as_view(), name="account-email"),
    path("accounts/password", account_views.PasswordView.as_view(), name="account-password"),
    path("accounts/tokens", account_views.TokenView.as_view(), name="account-tokens"),
    path(
        "accounts/tokens/<int:pk>/revoke",
        account_views.RevokeTokenView.as_view(),
        name="account-token-revoke",
    ),
    path("accounts/confirm", confirmation.ConfirmView.as_view(), name="account-confirm"),
    path("accounts/two-factor/app", second_factor_views.AppView.as_view(), name="two-factor-app"),
    path(
        "accounts/two-factor/passkey",
        second_factor_views.PasskeyView.as_view(),
        name="two-factor-passkey",
    ),
    path(
        "accounts/two-factor/passkey/<int:pk>/remove",
        second_factor_views.RemovePasskeyView.as_view(),
        name="two-factor-passkey-remove",
    ),
    path(
        "accounts/two-factor/recovery-codes",
        second_factor_views.RecoveryCodesView.as_view(),
        name="recovery-codes",
    ),
    path(
        "accounts/two-factor/remove",
        second_factor_views.RemoveView.as_view(),
        name="two-factor-remove",
    ),
    path("accounts/sessions/end", session_views.EndView.as_view(), name="session-end"),
    path(
        "accounts/sessions/end-others", session_views.EndOthersView.as_view(), name="sessions-end"
    ),
    path("accounts/delete", account_views.DeleteView.as_view(), name="account-delete"),
    path("accounts/language", views.LanguageView.as_view(), name="language"),
    path("accounts/signup", views.SignupView.as_view(), name="signup"),
    path("accounts/signup/hints", views.SignupHintsView.as_view(), name="signup-hints"),
    path("accounts/login", views.LoginView.as_view(), name="login"),
    path(
        "accounts/login/second-step",
        second_step_views.SecondStepView.as_view(),
        name="second-step",
    ),
    path(
        "accounts/login/passkey",
        second_step_views.PasskeySignInView.as_view(),
        name="passkey-sign-in",
    ),
    path("accounts/logout", views.LogoutView.as_view(), name="logout"),
    path("accounts/password-reset", views.PasswordResetView.as_view(), name="password_reset"),
    path(
        "accounts/password-reset/sent",
        views.PasswordResetDoneView.as_view(),
        name="password_reset_done",
    ),
    path(
        "accounts/password-reset/<uidb64>/<token>",
        views.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
]
