using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GifShare.Bench.Systems;

/// <summary>
/// (b) The classic design: minimal API, Npgsql, and Redis beside the database as a cache: one finished page per key, deleted by each write, with
/// an end of an hour. As on any careful team: prepared statements, one statement per write, finished bytes straight from the cache to the
/// socket, entity tags, one round trip to Redis per read, views counted there without waiting. It has no rate limits, no request log, no metrics and does
/// not ask whether a session was ended, all of which GifShare does.
/// </summary>
internal sealed class Classic(ClassicStore store, Redis redis)
{
    private static readonly ReadOnlyMemory<byte> MGet = "MGET"u8.ToArray(), Set = "SET"u8.ToArray(), Ex = "EX"u8.ToArray(), Hour = "3600"u8.ToArray(),
        Incr = "INCR"u8.ToArray(), Del = "DEL"u8.ToArray(), GetRange = "GETRANGE"u8.ToArray(), Zero = "0"u8.ToArray(), TagEnd = "63"u8.ToArray(), One = "1"u8.ToArray();

    private readonly BearerTokens tokens = new();

    // Which collection a token belongs to never changes; whether the link lives is asked of Redis every time.
    private readonly ConcurrentDictionary<string, (Guid Collection, ReadOnlyMemory<byte> LinkKey, Keys Keys)> links = new();

    /// <param name="args">The port, the connection string, the socket of Redis.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var store = new ClassicStore(args[1]);
        await using var redis = await Redis.ConnectAsync(args[2]);
        var classic = new Classic(store, redis);
        await using var app = Web.Create(int.Parse(args[0])).Build();
        app.Use(static (context, next) =>
        {
            Web.Secure(context.Response.Headers);
            return next(context);
        });
        app.MapGet("/v1/shared/{token}", (RequestDelegate)classic.GetShared);
        app.MapGet("/v1/collections/{id}", (RequestDelegate)(context => classic.GetOwn(context, Kind.Head)));
        app.MapGet("/v1/collections/{id}/items", (RequestDelegate)(context => classic.GetOwn(context, Kind.Items)));
        app.MapPost("/v1/collections/{id}/items", (RequestDelegate)classic.AddItem);
        app.MapPut("/v1/collections/{id}/like", (RequestDelegate)(context => classic.Like(context, true)));
        app.MapDelete("/v1/collections/{id}/like", (RequestDelegate)(context => classic.Like(context, false)));
        await app.RunAsync();
        return 0;
    }

    private async Task GetShared(HttpContext context)
    {
        var token = (string)context.Request.RouteValues["token"]!;
        if (!links.TryGetValue(token, out var link))
        {
            if (await store.FindLink(World.HashOf(token)) is not { } found)
            {
                context.Response.StatusCode = 404;
                return;
            }

            links[token] = link = (found, Key("l:", Guid.Empty, token), new(found));
        }

        if (await IsUnchanged(context, link.Keys.Shared))
            return;
        using (var cached = await redis.Send(MGet, link.LinkKey, link.Keys.Shared))
            if (cached.Many is [{ Bulk: not null }, { Bulk: { } blob }])
            {
                redis.SendAndForget(Incr, link.Keys.Views);
                await Write(context, blob, isPublic: true);
                return;
            }

        if (await store.LoadShared(World.HashOf(token)) is not { } loaded)
        {
            context.Response.StatusCode = 404;
            return;
        }

        redis.SendAndForget(Set, link.LinkKey, One, Ex, Hour);
        redis.SendAndForget(Incr, link.Keys.Views);
        await Remember(context, link.Keys.Shared, Pages.Shared(loaded.Head, loaded.Items), isPublic: true);
    }

    private async Task GetOwn(HttpContext context, Kind kind)
    {
        if (User(context) is not { } user || Id(context) is not { } id)
            return;
        // The key holds the reader, so that what is found needs no further check.
        var key = Key(kind == Kind.Head ? "h:" : "i:", id, user.ToString("N"));
        if (await IsUnchanged(context, key))
            return;
        using (var cached = await redis.Send(MGet, key))
            if (cached.Many is [{ Bulk: { } blob }])
            {
                await Write(context, blob, isPublic: false);
                return;
            }

        if (await store.Load(id) is not { } loaded || loaded.Owner != user)
            context.Response.StatusCode = 404;
        else
            await Remember(context, key, kind == Kind.Head ? Pages.Head(loaded.Head) : Pages.Items(loaded.Head, loaded.Items), isPublic: false);
    }

    private async Task AddItem(HttpContext context)
    {
        if (User(context) is not { } user || Id(context) is not { } id)
            return;
        var body = await context.Request.ReadFromJsonAsync(ClassicJson.Default.AddBody);
        if (body is null || await store.AddItem(id, user, body.GifId) is not { } added)
        {
            context.Response.StatusCode = 404;
            return;
        }

        if (added.IsNew)
        {
            await Forget(id, user);
            context.Response.StatusCode = 201;
            context.Response.Headers.Location = $"/v1/collections/{id}/items/{body.GifId}";
            context.Response.Headers.ETag = $"\"{added.Version}.0\"";
        }

        context.Response.Headers.CacheControl = "private, no-cache";
        await context.Response.WriteAsJsonAsync(added.Item, GifShareJson.Default.CollectionItem);
    }

    private async Task Like(HttpContext context, bool liked)
    {
        if (User(context) is not { } user || Id(context) is not { } id)
            return;
        if (await store.SetLike(id, user, liked) is not { } count)
        {
            context.Response.StatusCode = 404;
            return;
        }

        await Forget(id, user);
        await context.Response.WriteAsJsonAsync(new Collections.LikeState(liked, count), GifShareJson.Default.LikeState);
    }

    private async Task Forget(Guid id, Guid owner) =>
        (await redis.Send(Del, new Keys(id).Shared, Key("h:", id, owner.ToString("N")), Key("i:", id, owner.ToString("N")))).Dispose();

    /// <summary>304 without moving the page: only its first bytes, the entity tag, are fetched.</summary>
    private async Task<bool> IsUnchanged(HttpContext context, ReadOnlyMemory<byte> key)
    {
        if (context.Request.Headers.IfNoneMatch is not [{ } asked])
            return false;
        using var start = await redis.Send(GetRange, key, Zero, TagEnd);
        if (start.Bulk is not { Length: > 0 } bytes || Encoding.ASCII.GetString(bytes.Span.Slice(1, bytes.Span[0])) != asked)
            return false;
        context.Response.Headers.ETag = asked;
        context.Response.StatusCode = 304;
        return true;
    }

    private async Task Remember(HttpContext context, ReadOnlyMemory<byte> key, Page page, bool isPublic)
    {
        var blob = new byte[1 + page.ETag.Length + page.Body.Length];
        blob[0] = (byte)page.ETag.Length;
        Encoding.ASCII.GetBytes(page.ETag, blob.AsSpan(1));
        page.Body.CopyTo(blob, 1 + page.ETag.Length);
        redis.SendAndForget(Set, key, blob, Ex, Hour);
        await Write(context, blob, isPublic);
    }

    private static async Task Write(HttpContext context, ReadOnlyMemory<byte> blob, bool isPublic)
    {
        var length = blob.Span[0];
        var headers = context.Response.Headers;
        headers.ETag = Encoding.ASCII.GetString(blob.Span.Slice(1, length));
        headers.CacheControl = isPublic ? "public, no-cache" : "private, no-cache";
        headers.ContentType = "application/json; charset=utf-8";
        headers.ContentLength = blob.Length - 1 - length;
        await context.Response.Body.WriteAsync(blob[(1 + length)..]);
    }

    private Guid? User(HttpContext context)
    {
        if (tokens.Verify(context.Request.Headers.Authorization) is { } user)
            return user;
        context.Response.StatusCode = 401;
        return null;
    }

    private static Guid? Id(HttpContext context)
    {
        if (Guid.TryParse((string)context.Request.RouteValues["id"]!, out var id))
            return id;
        context.Response.StatusCode = 404;
        return null;
    }

    private static ReadOnlyMemory<byte> Key(string kind, Guid id, string rest) => Encoding.ASCII.GetBytes($"{kind}{id:N}{rest}");

    private enum Kind
    {
        Head,
        Items,
    }

    private sealed class Keys(Guid id)
    {
        public ReadOnlyMemory<byte> Shared { get; } = Key("p:", id, "");
        public ReadOnlyMemory<byte> Views { get; } = Key("v:", id, "");
    }
}

internal sealed record AddBody(Guid GifId);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AddBody))]
internal sealed partial class ClassicJson : JsonSerializerContext;

/// <summary>(b)'s access tokens: a JWT, HS256; one that was verified is remembered.</summary>
internal sealed class BearerTokens
{
    private static readonly byte[] Secret = SHA256.HashData("the benchmark's own key"u8);
    private readonly ConcurrentDictionary<string, (Guid User, DateTime Until)> verified = new();

    public static string Issue(Guid user)
    {
        var text = Encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"u8) + "." + Encode(JsonSerializer.SerializeToUtf8Bytes(new { sub = user, exp = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds() }));
        return text + "." + Sign(text);
    }

    public Guid? Verify(string? header)
    {
        if (header is null || !header.StartsWith("Bearer ", StringComparison.Ordinal))
            return null;
        if (verified.TryGetValue(header, out var known))
            return known.Until > DateTime.UtcNow ? known.User : null;
        var parts = header[7..].Split('.');
        if (parts.Length != 3 || Sign($"{parts[0]}.{parts[1]}") != parts[2])
            return null;
        using var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        known = (claims.RootElement.GetProperty("sub").GetGuid(), DateTimeOffset.FromUnixTimeSeconds(claims.RootElement.GetProperty("exp").GetInt64()).UtcDateTime);
        verified[header] = known;
        return known.Until > DateTime.UtcNow ? known.User : null;
    }

    private static string Sign(string text) => Encode(HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes(text)));

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
