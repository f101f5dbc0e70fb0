namespace GifShare.Accounts;

/// <summary>Body of <c>POST /v1/sessions</c> and <c>POST /v1/users/restore</c>. <c>Login</c> is a username or an email.</summary>
public sealed record Credentials(string Login, string Password);

/// <summary>Body of <c>POST /v1/sessions/refresh</c>.</summary>
public sealed record RefreshRequest(string RefreshToken);

/// <summary>Body of <c>PUT /v1/users/me/password</c>.</summary>
public sealed record PasswordChange(string Old, string New);

/// <summary>Body of <c>DELETE /v1/users/me</c>.</summary>
public sealed record PasswordConfirmation(string Password);
