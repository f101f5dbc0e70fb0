using GifShare.Fixtures;
using GifShare.ObjectStore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GifShare.Http.Tests.Gifs;

/// <summary>The whole product without limits on how often, and with a small quota.</summary>
public sealed class GifsProduct : IAsyncLifetime
{
    public const long Quota = 600_000;
    private TestProduct product = null!;

    public Uri Address => product.BaseAddress;

    /// <summary>Files that lie in the store but have no name yet.</summary>
    public int Staged => Directory.EnumerateFiles(product.Services.GetRequiredService<FolderObjectStoreOptions>().Path, "*", SearchOption.AllDirectories)
        .Count(file => !ObjectKey.TryParse(Path.GetFileName(file), out _));

    public async ValueTask InitializeAsync() => product = await TestProduct.StartAsync(new Dictionary<string, string?>
    {
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:WritesPerMinute"] = "0",
        ["Storage:QuotaPerUser"] = $"{Quota}",
    });

    public ValueTask DisposeAsync() => product.DisposeAsync();

    public async Task Execute(string sql, params object[] parameters)
    {
        await using var source = NpgsqlDataSource.Create($"{product.ConnectionString};Search Path=gifshare,public");
        await using var command = source.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.AddWithValue(parameter);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}

internal static class GifFiles
{
    /// <summary>A real animated GIF of about 60 KB that no other call returns: its last frame is a pixel with colours of its own.</summary>
    public static byte[] Animation()
    {
        var sample = Sample("sailing.gif");
        return [.. sample[..^1], 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0x82, .. Guid.NewGuid().ToByteArray(), .. new byte[8], 2, 2, 0x44, 1, 0, 0x3b];
    }

    public static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    public static MultipartFormDataContent With(this MultipartFormDataContent form, string name, string value)
    {
        form.Add(new StringContent(value), name);
        return form;
    }
}
