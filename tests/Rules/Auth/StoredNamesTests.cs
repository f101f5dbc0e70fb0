using GifShare.ApiFrontend;

namespace GifShare.Rules.Tests.Auth;

/// <summary>Names of types that stand in rows: they stay, whatever folder their code moves to.</summary>
public sealed class StoredNamesTests
{
    [Fact]
    public void Data_Protection_keys_of_older_versions_find_their_decryptor() =>
        Assert.Equal("GifShare.ApiFrontend.MasterKeyXmlDecryptor, GifShare.ApiFrontend", $"{typeof(MasterKeyXmlDecryptor).FullName}, {typeof(MasterKeyXmlDecryptor).Assembly.GetName().Name}");
}
