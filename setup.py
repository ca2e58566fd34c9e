"""The pip build: CMake builds the ament package, and its install tree becomes part of the wheel.

The tree goes into the wheel's data scheme and so lands in the environment's root (lib/, share/),
which makes a virtual environment an ament prefix.  `colcon build` reads package.xml and
CMakeLists.txt and never runs this file.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
# omd3d_ros comes from packages=, the omd3d command from [project.scripts]; shell hooks serve sourced workspaces only.
NOT_FROM_CMAKE = ("bin", "omd3d_ros", "environment", "parent_prefix_path", "__pycache__")
NOT_FROM_CMAKE_SUFFIXES = (".egg-info", ".sh", ".bash", ".zsh", ".dsv")


def ros_prefix() -> Path:
    """The folder whose share/ and lib/ hold the ROS wheels: the environment, or pip's build overlay."""
    spec = find_spec("ament_package")
    if spec is None or spec.origin is None:
        raise SystemExit("ament_package is not importable: install the [build-system] requirements of pyproject.toml")
    for folder in Path(spec.origin).resolve().parents:
        if (folder / "share" / "ament_cmake" / "cmake").is_dir():
            return folder
    raise SystemExit(f"no ament prefix above {spec.origin}")


def has_tf2_msgs() -> bool:
    """Whether a tf2_msgs other than the one that this package installs is there."""
    spec = find_spec("tf2_msgs")
    return spec is not None and spec.origin is not None and not Path(spec.origin).is_relative_to(sys.prefix)


def belongs_in_wheel(path: Path) -> bool:
    return not any(part in NOT_FROM_CMAKE or part.endswith(NOT_FROM_CMAKE_SUFFIXES) for part in path.parts)


def stage(folder: Path) -> Path:
    """A copy of what CMake reads; omd3d_ros is an empty package there, as setuptools packs the real one.

    CMake refuses to export include folders that lie inside the source tree, and `.venv` lies in the checkout.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("action", "config", "launch", "msg", "scripts", "srv"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("CMakeLists.txt", "package.xml"):
        shutil.copy(ROOT / name, folder)
    (folder / "omd3d_ros").mkdir()
    (folder / "omd3d_ros" / "__init__.py").touch()
    return folder


class CMakeBuild(build_ext):
    """Configure, build and install the CMake projects; hand their files to the wheel as data files."""

    def run(self) -> None:
        work = Path(self.build_temp).resolve()
        prefix = work / "prefix"
        shutil.rmtree(prefix, ignore_errors=True)
        self.cmake(stage(work / "source"), work / "omd3d", prefix)
        if not has_tf2_msgs():
            self.cmake(ROOT / "cmake" / "tf2_msgs", work / "tf2_msgs", prefix)
        for path in sorted(prefix.rglob("*")):
            relative = path.relative_to(prefix)
            if path.is_file() and belongs_in_wheel(relative):
                self.distribution.data_files.append((str(relative.parent), [os.path.relpath(path)]))

    def cmake(self, source: Path, build: Path, prefix: Path) -> None:
        ros = ros_prefix()
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        environment = dict(os.environ, AMENT_PREFIX_PATH=str(ros), CMAKE_PREFIX_PATH=str(ros), PATH=path)
        shutil.rmtree(build, ignore_errors=True)
        configure = ["cmake", "-S", str(source), "-B", str(build), "-G", "Ninja"]
        options = {
            "CMAKE_BUILD_TYPE": "Release",
            "CMAKE_INSTALL_PREFIX": str(prefix),
            "CMAKE_PROJECT_INCLUDE": str(ROOT / "cmake" / "pip_ros_wheels.cmake"),
            "BUILD_TESTING": "OFF",
            "Python3_EXECUTABLE": sys.executable,
        }
        subprocess.check_call(configure + [f"-D{key}={value}" for key, value in options.items()], env=environment)
        subprocess.check_call(["cmake", "--build", str(build), "--target", "install"], env=environment)


class BinaryDistribution(Distribution):
    """A wheel of this platform whose data files survive an editable install."""

    def has_ext_modules(self) -> bool:
        return True

    def has_data(self) -> bool:
        return True


setup(data_files=[], cmdclass={"build_ext": CMakeBuild}, distclass=BinaryDistribution)
